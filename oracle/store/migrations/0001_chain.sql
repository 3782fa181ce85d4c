-- What was read from the chain. Events are the only chain state that is kept: everything else is a query over them, and
-- a reorganisation is the deletion of blocks.
CREATE TABLE blocks (
  number bigint PRIMARY KEY,
  hash text NOT NULL,
  parent_hash text NOT NULL,
  timestamp bigint NOT NULL
);

CREATE TABLE events (
  block_number bigint NOT NULL REFERENCES blocks ON DELETE CASCADE,
  log_index integer NOT NULL,
  transaction_hash text NOT NULL,
  contract text NOT NULL,
  name text NOT NULL,
  -- by argument name; integers are decimal strings
  args jsonb NOT NULL,
  PRIMARY KEY (block_number, log_index)
);

CREATE INDEX events_by_name ON events (contract, name, block_number, log_index);
