-- Which fork of the chain the store follows: one more with every reorganisation. What a stage has found out on one fork is
-- not stored on another.
CREATE TABLE fork (number bigint NOT NULL);

INSERT INTO fork VALUES (0);
