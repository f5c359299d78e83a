-- Times are milliseconds since 1970, UTC; days are YYYY-MM-DD, UTC.
CREATE TABLE campaigns (
  slug TEXT PRIMARY KEY,
  status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'open', 'closed')),
  goal INTEGER NOT NULL CHECK (goal > 0),
  opens_at INTEGER NOT NULL,
  closes_at INTEGER NOT NULL,
  asks_name INTEGER NOT NULL DEFAULT 0,
  asks_updates INTEGER NOT NULL DEFAULT 0,
  consent_version TEXT NOT NULL,
  email_rules INTEGER NOT NULL,
  at_risk TEXT NOT NULL DEFAULT '["BY","RU"]',
  sealing_key TEXT,
  neutral_subject INTEGER NOT NULL DEFAULT 1,
  contact TEXT NOT NULL DEFAULT '',
  demonstration INTEGER NOT NULL DEFAULT 0,
  CHECK (closes_at > opens_at),
  CHECK (status = 'draft' OR contact <> ''),
  CHECK (status = 'draft' OR asks_name + asks_updates = 0 OR sealing_key IS NOT NULL)
) STRICT;

CREATE TABLE campaign_texts (
  campaign TEXT NOT NULL REFERENCES campaigns (slug),
  locale TEXT NOT NULL,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  consent TEXT NOT NULL,
  run_by TEXT NOT NULL DEFAULT '',
  markdown TEXT NOT NULL,
  html TEXT NOT NULL,
  PRIMARY KEY (campaign, locale)
) STRICT;

-- A row whose pepper is null was shredded: it never gets another.
CREATE TABLE peppers (
  campaign TEXT PRIMARY KEY REFERENCES campaigns (slug),
  wrapped BLOB
) STRICT;

-- The key is random and the table has no rowid, so that the order of rows tells nothing.
CREATE TABLE signatures (
  id BLOB PRIMARY KEY,
  campaign TEXT NOT NULL,
  email_hash BLOB NOT NULL,
  country TEXT NOT NULL,
  day TEXT NOT NULL,
  withdrawal_hash BLOB NOT NULL UNIQUE,
  consent_version TEXT NOT NULL,
  sealed BLOB,
  UNIQUE (campaign, email_hash)
) STRICT, WITHOUT ROWID;

-- A link issued up to issued_before cannot sign again after a withdrawal.
CREATE TABLE burned (
  campaign TEXT NOT NULL,
  email_hash BLOB NOT NULL,
  issued_before INTEGER NOT NULL,
  PRIMARY KEY (campaign, email_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
  campaign TEXT PRIMARY KEY,
  count INTEGER NOT NULL CHECK (count >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE tallies (
  campaign TEXT NOT NULL,
  day TEXT NOT NULL,
  country TEXT NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (campaign, day, country)
) STRICT, WITHOUT ROWID;

-- The figures that everyone sees, organizers too. They move at most once an hour.
CREATE TABLE published_tallies (
  campaign TEXT PRIMARY KEY,
  as_of INTEGER NOT NULL,
  by_country TEXT NOT NULL,
  daily TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The sources that organizers listed; a signature never carries one.
CREATE TABLE sources (
  campaign TEXT NOT NULL,
  ref TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign, ref)
) STRICT, WITHOUT ROWID;
