-- What a stage has found out about a subject, for the next stage to read. Written once; big things are content files
-- that the result names by CID.
CREATE TABLE stage_results (
  stage text NOT NULL,
  subject text NOT NULL,
  result jsonb NOT NULL,
  finished_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stage, subject)
);

CREATE TABLE signatures (
  digest text NOT NULL,
  signer text NOT NULL,
  signature text NOT NULL,
  PRIMARY KEY (digest, signer)
);

-- Every transaction is stored, signed, before it is broadcast: a process that is killed in between sends the same bytes
-- again, and a key never gets a second transaction.
CREATE TABLE transactions (
  key text PRIMARY KEY,
  kind text NOT NULL,
  sender text NOT NULL,
  nonce bigint NOT NULL,
  hash text NOT NULL,
  raw text NOT NULL,
  status text NOT NULL CHECK (status IN ('signed', 'mined', 'reverted')),
  UNIQUE (sender, nonce)
);
