-- The truth about mail. `sealed` is the envelope until it is settled; then nothing here names a person.
CREATE TABLE mail (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'due' CHECK (state IN (
    'due', 'claimed', 'accepted', 'delivered', 'bounced', 'complained',
    'failed', 'unknown', 'suppressed', 'merged')),
  due_at INTEGER NOT NULL,
  batch_id TEXT,
  sealed BLOB,
  provider_id TEXT,
  reason TEXT,
  settled_at INTEGER
) STRICT;
CREATE INDEX mail_due ON mail (priority, due_at) WHERE state = 'due';
CREATE INDEX mail_batch ON mail (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX mail_provider ON mail (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX mail_settled ON mail (settled_at) WHERE settled_at IS NOT NULL;

-- One row for each request to Resend under way. `body` is frozen, sealed, at the first claim.
CREATE TABLE mail_batches (
  id TEXT PRIMARY KEY,
  lease_until INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  frozen_at INTEGER,
  -- Fresh for each try to freeze: what belongs to the freeze is guarded by it.
  frozen_by TEXT,
  body BLOB,
  doubtful INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mail_batches_due ON mail_batches (due_at);

-- The day's share of Resend's quota that is used up.
CREATE TABLE mail_quota (
  day TEXT PRIMARY KEY,
  used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: why and until when nothing is sent.
CREATE TABLE mail_pause (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  until INTEGER NOT NULL,
  reason TEXT NOT NULL,
  failures INTEGER NOT NULL
) STRICT;

-- One mail a day for one address: a hash under the day's key, gone after 48 hours.
CREATE TABLE mail_limits (
  day TEXT NOT NULL,
  key BLOB NOT NULL,
  mail_id INTEGER NOT NULL,
  PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE suppressions (
  address_hash BLOB PRIMARY KEY,
  reason TEXT NOT NULL CHECK (reason IN ('bounced', 'complained', 'own-wish')),
  day TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_events (
  svix_id TEXT PRIMARY KEY,
  day TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_events_day ON webhook_events (day);

-- Outcomes that Resend told before the mail was settled here.
CREATE TABLE mail_news (
  provider_id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  day TEXT NOT NULL
) STRICT, WITHOUT ROWID;
