import { NOTICE_WAITS } from "../mail/statements.ts";
import { atRiskWith } from "./risk.ts";
import type { Campaign } from "./rules.ts";

/** A campaign as D1 gives it. */
export interface CampaignRow {
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
  unreviewed_letters: number;
  server_letters: number;
  held_words: string;
  letter_topics: string;
  archived: number;
  version: number;
  second_key: string | null;
  keys_proved_at: number | null;
  canary_failed_at: number | null;
  milestone: number;
  shredded_at: number | null;
  shred_due_at: number | null;
  locales: string;
}

/** Selects campaigns with the locales of their texts; a condition on `c` follows. */
export const CAMPAIGN = `SELECT c.slug, c.status, c.goal, c.opens_at, c.closes_at, c.asks_name, c.asks_updates,
    c.consent_version, c.email_rules, c.at_risk, c.sealing_key, c.neutral_subject, c.contact, c.demonstration,
    c.jurisdictions, c.first_bodies, c.unreviewed_letters, c.server_letters, c.held_words, c.letter_topics,
    c.archived, c.version, c.second_key, c.keys_proved_at, c.canary_failed_at, c.milestone, c.shredded_at,
    c.shred_due_at,
    (SELECT json_group_array(t.locale) FROM campaign_texts t WHERE t.campaign = c.slug) AS locales
  FROM campaigns c`;

/** A campaign from its row. */
export function toCampaign(row: CampaignRow): Campaign {
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
    atRisk: atRiskWith(JSON.parse(row.at_risk) as string[]),
    sealingKey: row.sealing_key,
    neutralSubject: row.neutral_subject === 1,
    contact: row.contact,
    demonstration: row.demonstration === 1,
    jurisdictions: JSON.parse(row.jurisdictions) as Campaign["jurisdictions"],
    firstBodies: JSON.parse(row.first_bodies) as string[],
    unreviewedLetters: row.unreviewed_letters === 1,
    serverLetters: row.server_letters === 1,
    heldWords: JSON.parse(row.held_words) as string[],
    letterTopics: JSON.parse(row.letter_topics) as Campaign["letterTopics"],
    archived: row.archived === 1,
    version: row.version,
    secondKey: row.second_key,
    keysProvedAt: row.keys_proved_at,
    canaryFailedAt: row.canary_failed_at,
    milestone: row.milestone,
    shreddedAt: row.shredded_at,
    shredDueAt: row.shred_due_at,
    locales: JSON.parse(row.locales) as string[],
  };
}

/**
 * Marks a campaign that is over as shredded, once. What is destroyed with it is guarded by
 * `SHREDDED` with the same mark as ?1 and ?2.
 */
export function markShredded(
  db: D1Database,
  slug: string,
  mark: string,
  now: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE campaigns SET shredded_at = ?3, shred_due_at = NULL, shred_asked_by = NULL,
         status = 'closed', closed_at = COALESCE(closed_at, ?3), version = version + 1, saved_by = ?2
       WHERE slug = ?1 AND shredded_at IS NULL AND (status = 'closed' OR closes_at <= ?3)
         AND status <> 'draft'`,
    )
    .bind(slug, mark, now);
}

export const SHREDDED = `EXISTS (SELECT 1 FROM campaigns WHERE slug = ?1 AND saved_by = ?2)`;

/** When a campaign `c` is or was over, ms: once it is closed, else at its end. */
export const ENDED_AT = `CASE c.status WHEN 'closed'
  THEN MIN(c.closes_at, COALESCE(c.closed_at, c.closes_at)) ELSE c.closes_at END`;

/** What owners are told of before it is erased. */
export type ErasureAbout = "erasure-sealed" | "erasure-hashes" | "erasure-campaign";

/**
 * Holds for a campaign `c` of whose erasure owners were told at that moment (SQL, ms) or before, for the last
 * time, with the end that it has now; and while no notice waits, which may be that one.
 */
export const toldOf = (about: ErasureAbout, before: string): string =>
  `EXISTS (SELECT 1 FROM told_erasures t WHERE t.campaign = c.slug AND t.about = '${about}'
     AND t.ended_at = ${ENDED_AT} AND t.last_at <= ${before}) AND NOT ${NOTICE_WAITS}`;

/** Notes that owners were told of an erasure, for the batch with the mails; `last` is whether for the last time. */
export function noteTold(
  db: D1Database,
  erasure: { slug: string; about: ErasureAbout; endedAt: number },
  now: number,
  last: boolean,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO told_erasures (campaign, about, ended_at, first_at, last_at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (campaign, about, ended_at) DO UPDATE SET last_at = COALESCE(last_at, excluded.last_at)`,
    )
    .bind(erasure.slug, erasure.about, erasure.endedAt, now, last ? now : null);
}

/** Holds where campaign ?1 was over at ?2 (ms). */
export const ENDED = `EXISTS (SELECT 1 FROM campaigns c WHERE c.slug = ?1 AND ${ENDED_AT} <= ?2)`;

/**
 * Deletes a campaign with its texts. Last in a batch whose others are guarded by `ENDED` with the
 * same values.
 */
export function deleteCampaign(
  db: D1Database,
  slug: string,
  endedBefore: number,
): D1PreparedStatement[] {
  return [
    `DELETE FROM campaign_texts WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM sources WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM left_out WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM told_erasures WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM campaigns WHERE slug = ?1 AND ${ENDED}`,
  ].map((sql) => db.prepare(sql).bind(slug, endedBefore));
}

/** Reads one campaign by its slug, drafts too, for a verb to put into its own batch. */
export function selectCampaign(db: D1Database, slug: string): D1PreparedStatement {
  return db.prepare(`${CAMPAIGN} WHERE c.slug = ?1`).bind(slug);
}

/** A row where the campaign was shredded with this mark. */
export function selectShredded(db: D1Database, slug: string, mark: string): D1PreparedStatement {
  return db.prepare(`SELECT 1 WHERE ${SHREDDED}`).bind(slug, mark);
}
