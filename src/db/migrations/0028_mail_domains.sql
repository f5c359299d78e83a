-- Whether a domain takes mail, as the DNS answered lately (MAIL_DNS); the domain as a keyed hash.
CREATE TABLE mail_domains (
  scope BLOB PRIMARY KEY,
  takes INTEGER NOT NULL CHECK (takes = 0 OR takes = 1),
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_domains_until ON mail_domains (until);
