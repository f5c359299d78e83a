-- A check that organizers made outranks the one in templates/measures.json.
CREATE TABLE measure_checks (
  measure TEXT PRIMARY KEY,
  checked_on TEXT NOT NULL,
  checked_by TEXT NOT NULL,
  source TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Letters that the server sends. The key is random; the text waits sealed and is gone once it is
-- handed to `mail`; `writer` (the signature's hash) goes once that mail is settled.
CREATE TABLE letters (
  id TEXT PRIMARY KEY,
  campaign TEXT NOT NULL,
  recipient TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  -- Keyed hashes: one letter from a supporter to a recipient, ten a day from a supporter, one
  -- sentence not from a hundred.
  pair BLOB NOT NULL UNIQUE,
  writer BLOB,
  writer_day BLOB,
  note BLOB NOT NULL,
  -- The least hashes of its five-word runs; gone after the day.
  sketch BLOB,
  asked_on TEXT NOT NULL,
  -- Its turn: a weekday at the recipient's place, and a minute of the office's day.
  day TEXT NOT NULL,
  minute INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN (
    'held', 'waiting', 'handed', 'accepted', 'delivered', 'bounced', 'failed', 'stopped', 'refused')),
  test INTEGER NOT NULL DEFAULT 0,
  mail_id INTEGER NOT NULL,
  sealed BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX letters_turn ON letters (recipient, day);
CREATE INDEX letters_due ON letters (jurisdiction, day, minute) WHERE state = 'waiting';
CREATE INDEX letters_test ON letters (id) WHERE state = 'waiting' AND test = 1;
CREATE INDEX letters_state ON letters (campaign, recipient, state);
CREATE INDEX letters_open ON letters (state, day) WHERE state IN ('held', 'handed', 'accepted');
CREATE INDEX letters_writer ON letters (campaign, writer) WHERE writer IS NOT NULL;
CREATE INDEX letters_writer_day ON letters (writer_day) WHERE writer_day IS NOT NULL;
CREATE INDEX letters_note ON letters (campaign, note);
CREATE INDEX letters_sketch ON letters (recipient, asked_on) WHERE sketch IS NOT NULL;

-- Letters mailed to their own writer that day: marks under a key, gone after the day.
CREATE TABLE letter_limits (
  day TEXT NOT NULL,
  key BLOB NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (day, key, id)
) STRICT, WITHOUT ROWID;

-- What supporters told by a press. Nothing tells who pressed.
CREATE TABLE letter_says (
  id BLOB PRIMARY KEY,
  campaign TEXT NOT NULL,
  recipient TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('sent', 'supports', 'declines', 'acknowledges')),
  day TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_says_of ON letter_says (campaign, recipient, what, day);

-- The figures that everyone sees, in steps, at most once an hour; and how many each recipient had.
CREATE TABLE published_letters (
  campaign TEXT PRIMARY KEY,
  as_of INTEGER NOT NULL,
  figures TEXT NOT NULL,
  loads TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Whether letters in a language that no native speaker reviewed may be used.
ALTER TABLE campaigns ADD COLUMN unreviewed_letters INTEGER NOT NULL DEFAULT 0;
-- Whether the server sends letters on a supporter's word.
ALTER TABLE campaigns ADD COLUMN server_letters INTEGER NOT NULL DEFAULT 0;
-- While it is set, every letter that the server sends goes there and to nobody else.
ALTER TABLE campaigns ADD COLUMN letters_test_to TEXT;
-- A sentence with one of these words is held for a look.
ALTER TABLE campaigns ADD COLUMN held_words TEXT NOT NULL DEFAULT '[]';
