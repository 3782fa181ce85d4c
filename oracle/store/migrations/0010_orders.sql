-- Orders that sellers signed, the last one of each asset.
CREATE TABLE orders (
  asset text PRIMARY KEY,
  order_hash text NOT NULL UNIQUE,
  parameters jsonb NOT NULL,
  signature text NOT NULL
);
