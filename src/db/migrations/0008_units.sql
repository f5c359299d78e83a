-- A unit is what an ask that was accepted takes of its day, whatever becomes of its mail.
ALTER TABLE mail_quota RENAME TO mail_units;
-- The day whose units the mails of a batch took.
ALTER TABLE mail_batches ADD COLUMN day TEXT;
-- How often deciding about this mail or writing it broke.
ALTER TABLE mail ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
-- 1 where the fault is ours: an alarm for owners.
ALTER TABLE mail_pause ADD COLUMN ours INTEGER NOT NULL DEFAULT 0;

-- So many mails a day about one thing: hashes under the day's key, gone after 48 hours.
DROP TABLE mail_limits;
CREATE TABLE mail_limits (
  day TEXT NOT NULL,
  key BLOB NOT NULL,
  mail_id INTEGER NOT NULL,
  PRIMARY KEY (day, key, mail_id)
) STRICT, WITHOUT ROWID;

-- How each scheduled job ended last: written when that changes, else once an hour.
CREATE TABLE job_outcomes (
  job TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  -- Null where it went well; else a code, never a message.
  code TEXT,
  ms INTEGER NOT NULL,
  -- Since when it ends like this.
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
