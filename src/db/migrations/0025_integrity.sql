-- Lane, provider and source of an ordinary signature, for two weeks. None of the careful way or of a country at risk.
CREATE TABLE signature_traits (
  signature BLOB PRIMARY KEY,
  campaign TEXT NOT NULL,
  day TEXT NOT NULL,
  lane TEXT NOT NULL,
  -- A large provider by its name, any other domain as # and a keyed hash.
  provider TEXT NOT NULL,
  source TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX signature_traits_day ON signature_traits (campaign, day);

-- How signatures of a day that is over came, counted once, the night after, and never again: no figure of the room
-- moves with somebody's signature or withdrawal. A domain with few is counted among all of them, as #.
CREATE TABLE signature_groups (
  campaign TEXT NOT NULL,
  day TEXT NOT NULL,
  country TEXT NOT NULL,
  lane TEXT NOT NULL,
  provider TEXT NOT NULL,
  -- Empty where there is none.
  source TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (campaign, day, country, lane, provider, source)
) STRICT, WITHOUT ROWID;

-- Counts alone: no row of somebody has an hour. Domains of their own are counted together, as #.
CREATE TABLE signed_hours (
  campaign TEXT NOT NULL,
  hour INTEGER NOT NULL,
  trait TEXT NOT NULL CHECK (trait IN ('country', 'lane', 'provider', 'source')),
  value TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (campaign, hour, trait, value)
) STRICT, WITHOUT ROWID;

-- Signatures that are out of the figures: a surge until ends_at, or what an owner took out and can bring back until then.
CREATE TABLE holds (
  id TEXT PRIMARY KEY,
  campaign TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('quarantined', 'taken_out', 'counted')),
  why TEXT NOT NULL CHECK (why IN ('surge', 'throwaway', 'program', 'repeated', 'other')),
  -- The group as JSON.
  picked TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  -- How many were ever held, whoever withdrew since, and what of that is shown until the next night.
  count INTEGER NOT NULL,
  shown INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_campaign ON holds (campaign, begun_at);
CREATE INDEX holds_end ON holds (ends_at) WHERE state = 'quarantined';

ALTER TABLE signatures ADD COLUMN hold TEXT;
CREATE INDEX signatures_hold ON signatures (campaign, hold) WHERE hold IS NOT NULL;

-- How many of what is due, and of what has entered, are withdrawals.
ALTER TABLE due ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tallies ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;

-- What the public page about integrity shows, made once a day.
CREATE TABLE published_integrity (
  campaign TEXT PRIMARY KEY,
  day TEXT NOT NULL,
  asked INTEGER NOT NULL,
  total INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL,
  held TEXT NOT NULL
) STRICT, WITHOUT ROWID;
