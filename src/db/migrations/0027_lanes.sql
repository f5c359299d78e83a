-- Citizens' confirmations leave by turns: each queue is a lane (how the ask came) at one class of
-- providers, and within one chance decides. Below zero while a mail is put off; 0 for mail that has no
-- lane or has left.
ALTER TABLE mail ADD COLUMN queue INTEGER NOT NULL DEFAULT 0
  CHECK (queue = 0 OR state IN ('due', 'claimed'));
UPDATE mail SET queue = 1000 WHERE state IN ('due', 'claimed') AND priority = 1;
CREATE INDEX mail_queues ON mail (queue, id) WHERE state = 'due' AND priority = 1;
CREATE INDEX mail_put_off ON mail (due_at) WHERE state = 'due' AND queue < 0;
