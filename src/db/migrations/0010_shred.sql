-- A campaign's end: what tells whether an address signed is destroyed 72 hours after an owner asked.
ALTER TABLE campaigns ADD COLUMN shredded_at INTEGER;
-- When it will be, and who asked; any owner can stop it until then.
ALTER TABLE campaigns ADD COLUMN shred_due_at INTEGER;
ALTER TABLE campaigns ADD COLUMN shred_asked_by TEXT;
CREATE INDEX campaigns_shred ON campaigns (shred_due_at) WHERE shred_due_at IS NOT NULL;
UPDATE campaigns SET shredded_at = 0 WHERE slug IN (SELECT campaign FROM peppers WHERE wrapped IS NULL);

-- Whose mail it is, so that a campaign's end ends it: a campaign, never a person.
ALTER TABLE mail ADD COLUMN campaign TEXT;
CREATE INDEX mail_campaign ON mail (campaign) WHERE state = 'due' AND campaign IS NOT NULL;
