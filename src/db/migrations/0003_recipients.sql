-- The people whom letters go to. `data` is all of them as JSON (schema.ts); the columns are what lookups need.
CREATE TABLE recipients (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL CHECK (source IN ('ep', 'us', 'custom')),
  -- Null for everyone's; a campaign's own (custom) otherwise.
  campaign TEXT,
  jurisdiction TEXT NOT NULL CHECK (jurisdiction IN ('EU', 'US')),
  country TEXT NOT NULL,
  state TEXT,
  sort_name TEXT NOT NULL,
  search TEXT NOT NULL,
  data TEXT NOT NULL,
  -- The UTC day on which the source no longer listed them.
  left_on TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX recipients_place ON recipients (jurisdiction, country, sort_name) WHERE left_on IS NULL;
CREATE INDEX recipients_name ON recipients (sort_name) WHERE left_on IS NULL;

CREATE TABLE recipient_bodies (
  body TEXT NOT NULL,
  recipient TEXT NOT NULL REFERENCES recipients (id),
  PRIMARY KEY (body, recipient)
) STRICT, WITHOUT ROWID;

-- One row for each official source: where its sync is, and what went wrong with the last one.
CREATE TABLE syncs (
  source TEXT PRIMARY KEY,
  run TEXT NOT NULL DEFAULT '',
  phase TEXT NOT NULL DEFAULT 'idle' CHECK (phase IN ('idle', 'list', 'bodies', 'details', 'publish')),
  next_offset INTEGER NOT NULL DEFAULT 0,
  bodies TEXT NOT NULL DEFAULT '{}',
  started_at INTEGER,
  due_at INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  alarm TEXT,
  alarm_at INTEGER,
  published_at INTEGER,
  published_run TEXT,
  published_count INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What a sync under way has read. Nothing of it is shown before all of it is there.
CREATE TABLE staged_people (
  source TEXT NOT NULL,
  source_id TEXT NOT NULL,
  listed TEXT NOT NULL,
  detail TEXT,
  PRIMARY KEY (source, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE recipient_changes (
  run TEXT NOT NULL,
  recipient TEXT NOT NULL,
  change TEXT NOT NULL CHECK (change IN ('came', 'left', 'changed')),
  PRIMARY KEY (run, recipient)
) STRICT, WITHOUT ROWID;

-- What a source says of a person that was kept out.
CREATE TABLE recipient_reports (
  run TEXT NOT NULL,
  recipient TEXT NOT NULL,
  problem TEXT NOT NULL,
  PRIMARY KEY (run, recipient, problem)
) STRICT, WITHOUT ROWID;

-- People whom a campaign does not write to: allies, and those who asked.
CREATE TABLE left_out (
  campaign TEXT NOT NULL,
  recipient TEXT NOT NULL,
  PRIMARY KEY (campaign, recipient)
) STRICT, WITHOUT ROWID;

ALTER TABLE campaigns ADD COLUMN jurisdictions TEXT NOT NULL DEFAULT '["EU","US"]';
ALTER TABLE campaigns ADD COLUMN first_bodies TEXT NOT NULL DEFAULT '[]';
