-- A transaction that is priced out of the blocks is replaced by dearer bytes with its nonce; either may be mined.
ALTER TABLE transactions ADD COLUMN earlier_hashes text[] NOT NULL DEFAULT '{}';
