-- What payers have confirmed of their channels: receipts as [struct hash, fee], the highest of which ends at `upto`.
CREATE TABLE statements (
  channel_id text NOT NULL,
  upto numeric(78, 0) NOT NULL,
  receipts jsonb NOT NULL,
  signature text NOT NULL,
  PRIMARY KEY (channel_id, upto)
);
