-- Paid inferences of a provider, one per authorisation nonce of a consumer. A row is written when the payment is
-- accepted; the answer and the signed receipt are added once the payment is on the chain.
CREATE TABLE inferences (
  payment_id text NOT NULL,
  consumer text NOT NULL,
  model_id numeric(78, 0) NOT NULL,
  version_id numeric(78, 0) NOT NULL,
  request jsonb NOT NULL,
  answer jsonb,
  receipt jsonb,
  signature text,
  PRIMARY KEY (consumer, payment_id)
);

CREATE INDEX inferences_by_model ON inferences (model_id);
