-- Letters of a test went to an address that somebody had typed: there are none any more.
DELETE FROM letters WHERE test = 1;
DROP INDEX letters_test;
ALTER TABLE letters DROP COLUMN test;
ALTER TABLE campaigns DROP COLUMN letters_test_to;

-- Switches of whoever runs the Worker. A row stands for "off".
CREATE TABLE switched_off (
  name TEXT PRIMARY KEY CHECK (name IN ('letters')),
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
