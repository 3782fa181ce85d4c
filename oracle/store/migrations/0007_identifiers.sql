-- A consumer's own name for a call, under which it is paid once, and the transaction that paid.
ALTER TABLE inferences ADD COLUMN identifier text;
ALTER TABLE inferences ADD COLUMN transaction_hash text;

CREATE UNIQUE INDEX inferences_by_identifier ON inferences (consumer, identifier);
CREATE INDEX inferences_by_payment ON inferences (payment_id);
