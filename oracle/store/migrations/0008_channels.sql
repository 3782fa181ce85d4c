-- Payment channels: many answers are paid by one channel, each with its own interval of it, which ends at `cumulative`.
-- An answer that is paid by an authorisation of its own has 0.
ALTER TABLE inferences ADD COLUMN cumulative numeric(78, 0) NOT NULL DEFAULT 0;
ALTER TABLE inferences DROP CONSTRAINT inferences_pkey;
ALTER TABLE inferences ADD PRIMARY KEY (consumer, payment_id, cumulative);

-- The highest voucher of each channel. `claimed` is what the chain was seen to have of it, and `waiting_since`
-- (milliseconds since 1970) when the first voucher came in that is not claimed.
CREATE TABLE channels (
  channel_id text PRIMARY KEY,
  model_id numeric(78, 0) NOT NULL,
  config jsonb NOT NULL,
  charged numeric(78, 0) NOT NULL,
  signature text NOT NULL,
  claimed numeric(78, 0) NOT NULL DEFAULT 0,
  waiting_since bigint NOT NULL
);

CREATE INDEX channels_to_claim ON channels (model_id) WHERE charged > claimed;
