-- What a claimed mail becomes once its batch has been answered, where it is not sent itself: until
-- then it is no different from those that are.
ALTER TABLE mail ADD COLUMN fate TEXT;
-- Presses of one day that mail somebody: hashes under the day's key, gone after 48 hours.
CREATE TABLE mail_presses (
  day TEXT NOT NULL,
  key BLOB NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;

-- 1 once somebody came in by a link: until then nobody has shown that the address wants our mail.
ALTER TABLE organizers ADD COLUMN entered INTEGER NOT NULL DEFAULT 0;
-- Who is there already goes on being told.
UPDATE organizers SET entered = 1;
-- 1 for half of a batch that was refused: it is split on until the mail that causes it stands alone.
ALTER TABLE mail_batches ADD COLUMN split INTEGER NOT NULL DEFAULT 0;
