-- Random secrets that outlive a rotation of the master secret: each is wrapped by a key from it.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
