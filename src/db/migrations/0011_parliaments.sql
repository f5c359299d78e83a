-- Parliaments and their sources are records of the code (src/recipients/parliaments): no CHECK names them.
CREATE TABLE bodies_kept (body TEXT NOT NULL, recipient TEXT NOT NULL);
INSERT INTO bodies_kept SELECT body, recipient FROM recipient_bodies;
DELETE FROM recipient_bodies;

CREATE TABLE recipients_free (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  -- Null for everyone's; a campaign's own (custom) otherwise.
  campaign TEXT,
  jurisdiction TEXT NOT NULL,
  country TEXT NOT NULL,
  state TEXT,
  sort_name TEXT NOT NULL,
  search TEXT NOT NULL,
  data TEXT NOT NULL,
  -- The UTC day on which the source no longer listed them.
  left_on TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO recipients_free
  SELECT id, source, campaign, jurisdiction, country, state, sort_name, search, data, left_on FROM recipients;
DROP TABLE recipients;
ALTER TABLE recipients_free RENAME TO recipients;
CREATE INDEX recipients_place ON recipients (jurisdiction, country, sort_name) WHERE left_on IS NULL;
CREATE INDEX recipients_name ON recipients (sort_name) WHERE left_on IS NULL;

INSERT INTO recipient_bodies SELECT body, recipient FROM bodies_kept;
DROP TABLE bodies_kept;
