-- Whose letters and presses are, as a keyed hash of the campaign and the mailbox: by it a withdrawal finds
-- what has left long ago. It goes with the other marks.
ALTER TABLE letters ADD COLUMN own BLOB;
ALTER TABLE letter_says ADD COLUMN own BLOB;
CREATE INDEX letters_own ON letters (own) WHERE own IS NOT NULL;
CREATE INDEX letter_says_own ON letter_says (own) WHERE own IS NOT NULL;

-- That owners were told what will be erased of a campaign that ended at a moment (ms): nothing is, before
-- they were.
CREATE TABLE told_erasures (
  campaign TEXT NOT NULL,
  about TEXT NOT NULL CHECK (about IN ('erasure-sealed', 'erasure-hashes', 'erasure-campaign')),
  ended_at INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  -- When they were told for the last time; null while that is still to come.
  last_at INTEGER,
  PRIMARY KEY (campaign, about, ended_at)
) STRICT, WITHOUT ROWID;
