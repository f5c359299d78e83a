-- When a campaign was closed; null for one that is not, or whose end came by itself.
ALTER TABLE campaigns ADD COLUMN closed_at INTEGER;
UPDATE campaigns SET closed_at =
  (SELECT MAX(at) FROM audit WHERE campaign = slug AND act IN ('campaign.closed', 'campaign.archived'))
WHERE status = 'closed';

-- The UTC day on which an organizer came in by a link last.
ALTER TABLE organizers ADD COLUMN entered_on TEXT;
UPDATE organizers SET entered_on = date('now') WHERE entered = 1;

-- What has its time, by that time; a campaign by when it is or was over.
CREATE INDEX campaigns_ended ON campaigns (CASE status WHEN 'closed'
  THEN MIN(closes_at, COALESCE(closed_at, closes_at)) ELSE closes_at END);
CREATE INDEX signatures_sealed ON signatures (campaign) WHERE sealed IS NOT NULL;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX suppressions_day ON suppressions (day);
CREATE INDEX recipients_left ON recipients (left_on) WHERE left_on IS NOT NULL;
CREATE INDEX recipients_own ON recipients (campaign) WHERE campaign IS NOT NULL;
