-- Mails for signing in that were accepted in a day: keyed hashes under the day's key, gone after 48 hours.
CREATE TABLE sign_in_counts (
  day TEXT NOT NULL,
  key BLOB NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;

-- Signing out everywhere ends the links that nobody has used yet.
CREATE INDEX sign_in_links_of ON sign_in_links (organizer);

-- When somebody who has not come in was invited last; null where that was before this was noted.
ALTER TABLE organizers ADD COLUMN invited_at INTEGER;
CREATE INDEX organizers_invited ON organizers (invited_at) WHERE entered = 0;

-- Another source for a fact, until an owner of another campaign says so too.
CREATE TABLE source_proposals (
  measure TEXT PRIMARY KEY,
  -- Fresh for each proposal: who confirms names the one that they saw.
  id TEXT NOT NULL,
  source TEXT NOT NULL,
  organizer TEXT NOT NULL,
  day TEXT NOT NULL
) STRICT, WITHOUT ROWID;
