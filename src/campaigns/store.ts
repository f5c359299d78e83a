import type { Campaign, CampaignText } from "./rules.ts";

interface CampaignRow {
  slug: string;
  status: Campaign["status"];
  goal: number;
  opens_at: number;
  closes_at: number;
  asks_name: number;
  asks_updates: number;
  consent_version: string;
  email_rules: number;
  at_risk: string;
  sealing_key: string | null;
  neutral_subject: number;
  contact: string;
  demonstration: number;
  jurisdictions: string;
  first_bodies: string;
  locales: string;
}

const CAMPAIGN = `SELECT c.*, (SELECT json_group_array(t.locale) FROM campaign_texts t WHERE t.campaign = c.slug) AS locales
  FROM campaigns c`;

function toCampaign(row: CampaignRow): Campaign {
  return {
    slug: row.slug,
    status: row.status,
    goal: row.goal,
    opensAt: row.opens_at,
    closesAt: row.closes_at,
    asksName: row.asks_name === 1,
    asksUpdates: row.asks_updates === 1,
    consentVersion: row.consent_version,
    emailRules: row.email_rules,
    atRisk: JSON.parse(row.at_risk) as string[],
    sealingKey: row.sealing_key,
    neutralSubject: row.neutral_subject === 1,
    contact: row.contact,
    demonstration: row.demonstration === 1,
    jurisdictions: JSON.parse(row.jurisdictions) as string[],
    firstBodies: JSON.parse(row.first_bodies) as string[],
    locales: JSON.parse(row.locales) as string[],
  };
}

/** Null for a slug that no campaign has. Drafts are found too. */
export async function findCampaign(db: D1Database, slug: string): Promise<Campaign | null> {
  const row = await db.prepare(`${CAMPAIGN} WHERE c.slug = ?1`).bind(slug).first<CampaignRow>();
  return row && toCampaign(row);
}

/** Every campaign that was ever opened, newest first. */
export async function publicCampaigns(db: D1Database): Promise<Campaign[]> {
  const { results } = await db
    .prepare(`${CAMPAIGN} WHERE c.status <> 'draft' ORDER BY c.opens_at DESC, c.slug`)
    .all<CampaignRow>();
  return results.map(toCampaign);
}

export async function findText(
  db: D1Database,
  campaign: string,
  locale: string,
): Promise<CampaignText | null> {
  return db
    .prepare(
      `SELECT locale, title, summary, consent, run_by AS runBy, html
       FROM campaign_texts WHERE campaign = ?1 AND locale = ?2`,
    )
    .bind(campaign, locale)
    .first<CampaignText>();
}
