-- Organizers are targets too: an address is kept as a keyed hash and sealed, never in clear.
CREATE TABLE organizers (
  id TEXT PRIMARY KEY,
  address_hash BLOB NOT NULL UNIQUE,
  sealed BLOB NOT NULL,
  may_create INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE roles (
  campaign TEXT NOT NULL REFERENCES campaigns (slug),
  organizer TEXT NOT NULL REFERENCES organizers (id),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'organizer', 'owner')),
  PRIMARY KEY (campaign, organizer)
) STRICT, WITHOUT ROWID;
CREATE INDEX roles_organizer ON roles (organizer);

-- A row is gone once its link was used.
CREATE TABLE sign_in_links (
  hash BLOB PRIMARY KEY,
  organizer TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organizer_sessions (
  hash BLOB PRIMARY KEY,
  organizer TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX organizer_sessions_of ON organizer_sessions (organizer);

-- Who changed what. Nothing of a signer is in it.
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  campaign TEXT,
  organizer TEXT NOT NULL,
  act TEXT NOT NULL,
  before TEXT,
  after TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_of ON audit (campaign, at);

-- `saved_by` is fresh for each try to save: what belongs to the save is guarded by it.
ALTER TABLE campaigns ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE campaigns ADD COLUMN saved_by TEXT;
ALTER TABLE campaigns ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
-- Topics that its letters may speak of; empty for all.
ALTER TABLE campaigns ADD COLUMN letter_topics TEXT NOT NULL DEFAULT '[]';
-- The second key, printed and put away: each seal is made to both.
ALTER TABLE campaigns ADD COLUMN second_key TEXT;
-- Set once a browser has opened a test seal with each of the two keys.
ALTER TABLE campaigns ADD COLUMN keys_proved_at INTEGER;
-- When the key of a visitor no longer opened the canary.
ALTER TABLE campaigns ADD COLUMN canary_failed_at INTEGER;
-- The highest share of the goal, in percent, that organizers were told of.
ALTER TABLE campaigns ADD COLUMN milestone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign_texts ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE campaign_texts ADD COLUMN saved_by TEXT;
ALTER TABLE signatures ADD COLUMN sealed_second BLOB;

-- Mails asked for by day, the same for every address: how many became signatures is seen beside it.
CREATE TABLE asked (
  campaign TEXT NOT NULL,
  day TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (campaign, day)
) STRICT, WITHOUT ROWID;

-- News that organizers send to those who asked for it. Its text is public; nobody's address is here.
CREATE TABLE updates (
  id TEXT PRIMARY KEY,
  campaign TEXT NOT NULL,
  organizer TEXT NOT NULL,
  subject TEXT NOT NULL,
  markdown TEXT NOT NULL,
  html TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'sending', 'stopped', 'sent')),
  made_at INTEGER NOT NULL,
  tested_at INTEGER,
  handed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX updates_of ON updates (campaign, made_at);
