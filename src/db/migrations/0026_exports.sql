-- Downloads of sealed rows: which page is next. One is read once, forwards, so that it tells no minute.
CREATE TABLE exports (
  id TEXT PRIMARY KEY,
  campaign TEXT NOT NULL,
  organizer TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  -- The row (hex) after which the page begins that was handed out last, and the next one; '' is the first.
  last TEXT,
  next TEXT,
  -- How often the last page was handed out again.
  repeats INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX exports_campaign ON exports (campaign, begun_at);
CREATE INDEX exports_begun ON exports (begun_at);
