-- All that a minute's job or an ask looks at, in one row that moves with the mails it counts.
CREATE TABLE mail_load (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- The UTC day and the month that the used units are of.
  day TEXT NOT NULL,
  used_today INTEGER NOT NULL,
  month TEXT NOT NULL,
  used_month INTEGER NOT NULL,
  -- Mails that wait and have taken no unit yet.
  waiting INTEGER NOT NULL,
  -- Mails an hour while the brake is on, and why and since when; null while it is off.
  per_hour INTEGER,
  brake_reason TEXT,
  brake_since INTEGER,
  -- Outcomes of before this moment count no more: an operator released the brake.
  released_at INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO mail_load (id, day, used_today, month, used_month, waiting)
  SELECT 1, d.day, COALESCE((SELECT used FROM mail_units WHERE day = d.day), 0), substr(d.day, 1, 7),
    (SELECT COALESCE(SUM(used), 0) FROM mail_units WHERE substr(day, 1, 7) = substr(d.day, 1, 7)),
    (SELECT COUNT(*) FROM mail WHERE state = 'due' AND priority > 0 AND tries = 0)
  FROM (SELECT COALESCE(MAX(day), date('now')) AS day FROM mail_units) AS d;
DROP TABLE mail_units;

-- Since when nothing is sent.
ALTER TABLE mail_pause ADD COLUMN since INTEGER NOT NULL DEFAULT 0;

-- Until when the envelope of a mail that was sent, failed or is unknown stays, sealed.
ALTER TABLE mail ADD COLUMN kept_until INTEGER;
-- For how long it may, should the mail fail, ms: less for the careful way.
ALTER TABLE mail ADD COLUMN keep_ms INTEGER;
CREATE INDEX mail_kept ON mail (kept_until) WHERE kept_until IS NOT NULL;

-- What became of mails, by hour: in all (an empty scope) and by receiving domain, as a keyed hash.
CREATE TABLE mail_outcomes (
  scope BLOB NOT NULL,
  hour INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  bounced INTEGER NOT NULL DEFAULT 0,
  complained INTEGER NOT NULL DEFAULT 0,
  -- What was delivered before this minute began (ms): within it no more is seen, so that a mail that
  -- was sent and one that was swallowed look the same.
  minute INTEGER NOT NULL,
  delivered_before INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (scope, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_outcomes_hour ON mail_outcomes (hour);

-- A mail that was refused or came back gives its places back.
CREATE INDEX mail_limits_mail ON mail_limits (mail_id);

ALTER TABLE mail_news ADD COLUMN reason TEXT;

-- A spelling that bounced or was refused is suppressed for a while; a mailbox until somebody lifts it.
CREATE TABLE suppressions_anew (
  address_hash BLOB PRIMARY KEY,
  reason TEXT NOT NULL CHECK (reason IN ('bounced', 'refused', 'complained', 'own-wish')),
  day TEXT NOT NULL,
  -- The first day on which it holds no more; null where it has no end.
  until TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO suppressions_anew (address_hash, reason, day, until)
  SELECT address_hash, reason, day, CASE reason WHEN 'bounced' THEN date(day, '+30 days') END
  FROM suppressions;
DROP TABLE suppressions;
ALTER TABLE suppressions_anew RENAME TO suppressions;
CREATE INDEX suppressions_until ON suppressions (until) WHERE until IS NOT NULL;
