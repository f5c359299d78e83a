-- Proofs of work that an ask has used up: each counts once. Nothing here belongs to an ask.
CREATE TABLE spent_proofs (
  -- The end of the hour (ms) in which the challenge ends: the same for each use of one nonce.
  until INTEGER NOT NULL,
  nonce BLOB NOT NULL,
  PRIMARY KEY (until, nonce)
) STRICT, WITHOUT ROWID;

-- In which lane a citizen's ask waits. It goes before anything is kept of the mail.
ALTER TABLE mail ADD COLUMN lane TEXT CHECK (lane IS NULL
  OR (lane IN ('proved', 'plain', 'crowded') AND state IN ('due', 'claimed')));
