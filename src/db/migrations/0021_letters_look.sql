-- Why a letter may have to be looked at: those for their words, or because one of its writer was refused, are
-- held; a new writer's waits for its turn meanwhile. "done" once somebody has; null for all others.
ALTER TABLE letters ADD COLUMN look TEXT CHECK (look IS NULL OR look IN ('words', 'refused', 'writer', 'done'));
-- Until now none was held but for its words.
UPDATE letters SET look = 'words' WHERE state = 'held';
CREATE INDEX letters_look ON letters (campaign, day) WHERE look <> 'done';
DROP INDEX letters_state;
CREATE INDEX letters_state ON letters (campaign, recipient, state, look);
-- The domain of its writer's mailbox on that day, as a keyed hash: gone after the day, and none for large providers.
ALTER TABLE letters ADD COLUMN domain_day BLOB;
CREATE INDEX letters_domain_day ON letters (domain_day) WHERE domain_day IS NOT NULL;

-- Writers (the signature's hash): known from an hour on (ms), or one of theirs was refused. On this day they
-- asked, or were decided about, last.
CREATE TABLE letter_writers (
  campaign TEXT NOT NULL,
  writer BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('known', 'refused')),
  known_from INTEGER NOT NULL,
  day TEXT NOT NULL,
  PRIMARY KEY (campaign, writer)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_writers_day ON letter_writers (day);

-- Offices that want no more letters: of one writer (a keyed hash, in hex), of a campaign, or at all.
CREATE TABLE letter_opt_outs (
  recipient TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('writer', 'campaign', 'all')),
  about TEXT NOT NULL,
  -- Whose letters; empty where it is about all.
  campaign TEXT NOT NULL,
  day TEXT NOT NULL,
  PRIMARY KEY (recipient, scope, about)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_opt_outs_of ON letter_opt_outs (campaign);
CREATE INDEX letter_opt_outs_day ON letter_opt_outs (day);

-- Whose press it was, for whom and of what kind, as one keyed hash: each counts once while a campaign
-- is open; null once it is over, and of presses before this was asked for.
ALTER TABLE letter_says ADD COLUMN mark BLOB;
CREATE UNIQUE INDEX letter_says_mark ON letter_says (mark) WHERE mark IS NOT NULL;
CREATE INDEX letter_says_marked ON letter_says (campaign) WHERE mark IS NOT NULL;
