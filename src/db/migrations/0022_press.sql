-- Of the careful way no country is kept, and no day: signed_on is a UTC day (YYYY-MM-DD), or its month (YYYY-MM).
CREATE TABLE signatures_after (
  id BLOB PRIMARY KEY,
  campaign TEXT NOT NULL,
  email_hash BLOB NOT NULL,
  country TEXT,
  signed_on TEXT NOT NULL,
  withdrawal_hash BLOB NOT NULL UNIQUE,
  consent_version TEXT NOT NULL,
  sealed BLOB,
  sealed_second BLOB,
  UNIQUE (campaign, email_hash),
  CHECK (length(signed_on) = 10 OR (sealed IS NULL AND sealed_second IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO signatures_after (id, campaign, email_hash, country, signed_on, withdrawal_hash, consent_version, sealed, sealed_second)
SELECT id, campaign, email_hash, CASE WHEN length(day) = 10 THEN country END, day, withdrawal_hash, consent_version,
  CASE WHEN length(day) = 10 THEN sealed END, CASE WHEN length(day) = 10 THEN sealed_second END
FROM signatures;
DROP TABLE signatures;
ALTER TABLE signatures_after RENAME TO signatures;
CREATE INDEX signatures_sealed ON signatures (campaign) WHERE sealed IS NOT NULL;

-- Any link shows the same and does what its press says: none has to be burned.
DROP TABLE burned;
