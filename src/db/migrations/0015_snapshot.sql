-- Every figure that anyone sees comes from a campaign's snapshot. by_country keeps, beside what is shown, how many had
-- entered when it last moved.
CREATE TABLE snapshots (
  campaign TEXT PRIMARY KEY,
  as_of INTEGER NOT NULL,
  -- When figures by country and source moved last, and any figure last could fall.
  moved_at INTEGER NOT NULL,
  total INTEGER NOT NULL DEFAULT 0 CHECK (total >= 0),
  by_country TEXT NOT NULL DEFAULT '[]',
  daily TEXT NOT NULL DEFAULT '[]',
  sources TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;

-- What enters the snapshot later than the rest, up or down, by the hour (its first ms) in which it does.
CREATE TABLE due (
  campaign TEXT NOT NULL,
  hour INTEGER NOT NULL,
  country TEXT NOT NULL,
  delta INTEGER NOT NULL,
  PRIMARY KEY (campaign, hour, country)
) STRICT, WITHOUT ROWID;

ALTER TABLE tallies RENAME TO tallies_by_day;
-- Ordinary signatures that wait for the snapshot, and all that has entered it: below zero for a while
-- where a withdrawal's hour comes before that of its signature.
CREATE TABLE tallies (
  campaign TEXT NOT NULL,
  country TEXT NOT NULL,
  waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
  entered INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign, country)
) STRICT, WITHOUT ROWID;
CREATE INDEX tallies_waiting ON tallies (campaign) WHERE waiting > 0;

-- What everyone has seen stays as it was seen; from here on days are those of publication.
INSERT INTO tallies (campaign, country, entered)
SELECT campaign, country, SUM(count) FROM tallies_by_day GROUP BY campaign, country;
INSERT INTO snapshots (campaign, as_of, moved_at, total, by_country, daily)
SELECT t.campaign, COALESCE(p.as_of, 0), COALESCE(p.as_of, 0), t.count,
  COALESCE((SELECT json_group_array(json_object('country', c.value ->> 'country', 'count', c.value ->> 'count', 'base', c.value ->> 'count'))
    FROM json_each(p.by_country) c), '[]'),
  (SELECT json_group_array(json_object('date', d.day, 'count', d.count)) FROM
    (SELECT day, SUM(count) AS count FROM tallies_by_day WHERE campaign = t.campaign
     GROUP BY day HAVING SUM(count) > 0 ORDER BY day) d)
FROM totals t LEFT JOIN published_tallies p ON p.campaign = t.campaign;
DROP TABLE tallies_by_day;
DROP TABLE totals;
DROP TABLE published_tallies;
