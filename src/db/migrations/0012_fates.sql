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
