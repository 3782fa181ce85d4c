-- What operators said of committed files, this one's word among them: `have` and `lack` are kept apart, so that a key which
-- says both is proven false by what is stored. Outlives reorganisations: a word that was given stays given.
CREATE TABLE availability_votes (
  epoch numeric(20, 0) NOT NULL,
  model_id numeric(78, 0) NOT NULL,
  commitment text NOT NULL,
  signer text NOT NULL,
  have boolean NOT NULL,
  signature text NOT NULL,
  own boolean NOT NULL,
  PRIMARY KEY (epoch, model_id, commitment, signer, have)
);

-- Whatever runs at once, this operator says one thing of a file.
CREATE UNIQUE INDEX own_availability ON availability_votes (epoch, model_id, commitment, signer) WHERE own;

-- A settlement names the certificates behind it: those that do not are computed again.
DELETE FROM stage_results WHERE stage = 'settle';
