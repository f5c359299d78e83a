import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { startOfDay } from "../lib/clock.ts";
import { markdownToHtml, RENDERER } from "../lib/markdown.ts";
import { retryWrite } from "../lib/retry.ts";
import { auditRow, auditRows, type Audit } from "../audit/statements.ts";
import type { Campaign, CampaignText, SourceText } from "./rules.ts";
import {
  CAMPAIGN,
  ENDED_AT,
  selectCampaign,
  toCampaign,
  toldOf,
  type CampaignRow,
  type ErasureAbout,
} from "./statements.ts";
import type { SettingsInput, TextInput } from "./schema.ts";

/** Null for a slug that no campaign has. Drafts are found too. */
export async function findCampaign(db: D1Database, slug: string): Promise<Campaign | null> {
  const row = await selectCampaign(db, slug).first<CampaignRow>();
  return row && toCampaign(row);
}

/** Every campaign that was ever opened, newest first. */
export async function publicCampaigns(db: D1Database): Promise<Campaign[]> {
  const { results } = await db
    .prepare(
      `${CAMPAIGN} WHERE c.status <> 'draft' AND c.archived = 0 ORDER BY c.opens_at DESC, c.slug`,
    )
    .all<CampaignRow>();
  return results.map(toCampaign);
}

export async function findText(
  db: D1Database,
  campaign: string,
  locale: string,
): Promise<CampaignText | null> {
  const row = await db
    .prepare(
      `SELECT locale, title, summary, consent, run_by AS runBy, html,
         CASE WHEN renderer <> ?3 THEN markdown END AS stale
       FROM campaign_texts WHERE campaign = ?1 AND locale = ?2`,
    )
    .bind(campaign, locale, RENDERER)
    .first<CampaignText & { stale: string | null }>();
  if (!row) return null;
  const { stale, ...text } = row;
  return stale === null ? text : { ...text, html: markdownToHtml(stale) };
}

/** Titles by campaign and locale, in one query: for the mails of a batch. */
export async function findTitles(
  deps: Deps,
  wanted: readonly { campaign: string; locale: string }[],
): Promise<{ campaign: string; locale: string; title: string }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT t.campaign, t.locale, t.title FROM json_each(?1) w
       JOIN campaign_texts t ON t.campaign = w.value ->> 'campaign' AND t.locale = w.value ->> 'locale'`,
    )
    .bind(JSON.stringify(wanted))
    .all<{ campaign: string; locale: string; title: string }>();
  return results;
}

/** Texts whose HTML an older renderer made. */
export async function findStaleTexts(
  deps: Deps,
): Promise<{ campaign: string; locale: string; markdown: string; version: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT campaign, locale, markdown, version FROM campaign_texts WHERE renderer <> ?1 LIMIT 10`,
    )
    .bind(RENDERER)
    .all<{ campaign: string; locale: string; markdown: string; version: number }>();
  return results;
}

/** Puts HTML that was made anew in place of the old, unless the text was saved meanwhile. */
export async function replaceHtml(
  deps: Deps,
  text: { campaign: string; locale: string; version: number; html: string },
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE campaign_texts SET html = ?4, renderer = ?5
         WHERE campaign = ?1 AND locale = ?2 AND version = ?3`,
      )
      .bind(text.campaign, text.locale, text.version, text.html, RENDERER)
      .run(),
  );
}

const SAVE_BYTES = 12;
const CAMPAIGN_SAVED = `EXISTS (SELECT 1 FROM campaigns WHERE slug = ?1 AND saved_by = ?2)`;
const TEXT_SAVED = `EXISTS (SELECT 1 FROM campaign_texts WHERE campaign = ?1 AND locale = ?2 AND saved_by = ?3)`;

/**
 * Runs what `write` gives and the audit row, with the mails that tell of it, as one batch. `saved` is SQL over the save's key, which
 * is `row` and a fresh mark as ?1 …, and holds only where this save took place: the result says
 * whether it did. Safe to repeat.
 */
async function saveMarked(
  deps: Deps,
  saved: string,
  row: string[],
  audit: Audit,
  write: (key: string[]) => D1PreparedStatement[],
): Promise<boolean> {
  const key = [...row, hex(deps.random.bytes(SAVE_BYTES))];
  const logged = auditRows(deps, audit, { sql: saved, values: key });
  const answers = await retryWrite(deps, () =>
    deps.db.batch([
      ...write(key),
      ...logged,
      deps.db.prepare(`SELECT 1 WHERE ${saved}`).bind(...key),
    ]),
  );
  return answers.at(-1)!.results.length === 1;
}

/** Inserts a draft and makes `by` its owner. False where the slug is taken. Safe to repeat. */
export async function insertCampaign(
  deps: Deps,
  by: string,
  draft: Pick<Campaign, "slug" | "goal" | "opensAt" | "closesAt" | "consentVersion" | "emailRules">,
): Promise<boolean> {
  const { slug, goal, opensAt, closesAt, consentVersion, emailRules } = draft;
  const audit: Audit = { campaign: slug, by, act: "campaign.created", after: { goal } };
  return saveMarked(deps, CAMPAIGN_SAVED, [slug], audit, (key) => [
    deps.db
      .prepare(
        `INSERT INTO campaigns (slug, saved_by, goal, opens_at, closes_at, consent_version, email_rules)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (slug) DO NOTHING`,
      )
      .bind(...key, goal, opensAt, closesAt, consentVersion, emailRules),
    deps.db
      .prepare(
        `INSERT INTO roles (campaign, organizer, role) SELECT ?1, ?3, 'owner' WHERE ${CAMPAIGN_SAVED}
         ON CONFLICT DO NOTHING`,
      )
      .bind(...key, by),
  ]);
}

/** What a campaign leaves out and the sources that it lists. */
export async function readSettingsLists(
  deps: Deps,
  slug: string,
): Promise<{ leftOut: string[]; sources: string[] }> {
  const [leftOut, sources] = await deps.db.batch<{ value: string }>([
    deps.db
      .prepare(`SELECT recipient AS value FROM left_out WHERE campaign = ?1 ORDER BY recipient`)
      .bind(slug),
    deps.db.prepare(`SELECT ref AS value FROM sources WHERE campaign = ?1 ORDER BY ref`).bind(slug),
  ]);
  return {
    leftOut: leftOut!.results.map((row) => row.value),
    sources: sources!.results.map((row) => row.value),
  };
}

/** A source that has a public figure stays. Whether any other goes must not depend on who came. */
const UNSHOWN_SOURCE = `ref NOT IN (SELECT s.value ->> 'name' FROM snapshots p, json_each(p.sources) s WHERE p.campaign = ?1)`;

/** Saves settings over the version that they were made from. False where another save came between. */
export async function saveSettings(
  deps: Deps,
  slug: string,
  input: SettingsInput,
  audit: Audit,
): Promise<boolean> {
  const values = [
    input.goal,
    startOfDay(input.opensAt),
    startOfDay(input.closesAt),
    input.contact,
    Number(input.asksName),
    Number(input.asksUpdates),
    Number(input.neutralSubject),
    JSON.stringify(input.atRisk),
    JSON.stringify(input.jurisdictions),
    JSON.stringify(input.firstBodies),
    JSON.stringify(input.letterTopics),
    Number(input.serverLetters),
    Number(input.unreviewedLetters),
    JSON.stringify(input.heldWords),
  ];
  return saveMarked(deps, CAMPAIGN_SAVED, [slug], audit, (key) => {
    const replaceList = (table: string, column: string, list: string[], mayGo = "true") => [
      deps.db
        .prepare(
          `DELETE FROM ${table} WHERE campaign = ?1 AND ${mayGo} AND ${CAMPAIGN_SAVED}
             AND ${column} NOT IN (SELECT value FROM json_each(?3))`,
        )
        .bind(...key, JSON.stringify(list)),
      deps.db
        .prepare(
          `INSERT INTO ${table} (campaign, ${column}) SELECT ?1, value FROM json_each(?3)
           WHERE ${CAMPAIGN_SAVED} ON CONFLICT DO NOTHING`,
        )
        .bind(...key, JSON.stringify(list)),
    ];
    return [
      deps.db
        .prepare(
          `UPDATE campaigns SET goal = ?4, opens_at = ?5, closes_at = ?6, contact = ?7, asks_name = ?8,
             asks_updates = ?9, neutral_subject = ?10, at_risk = ?11, jurisdictions = ?12,
             first_bodies = ?13, letter_topics = ?14, server_letters = ?15, unreviewed_letters = ?16,
             held_words = ?17, version = version + 1, saved_by = ?2,
             shred_due_at = CASE WHEN status <> 'closed' AND ?6 > ?18 THEN NULL ELSE shred_due_at END
           WHERE slug = ?1 AND version = ?3`,
        )
        .bind(...key, input.version, ...values, deps.clock.now()),
      ...replaceList("left_out", "recipient", input.leftOut),
      ...replaceList("sources", "ref", input.sources, UNSHOWN_SOURCE),
    ];
  });
}

const SOURCE_TEXT = `SELECT locale, title, summary, consent, run_by AS runBy, markdown, version FROM campaign_texts`;

export async function findTexts(deps: Deps, slug: string): Promise<SourceText[]> {
  const { results } = await deps.db
    .prepare(`${SOURCE_TEXT} WHERE campaign = ?1 ORDER BY locale`)
    .bind(slug)
    .all<SourceText>();
  return results;
}

export async function findSourceText(
  deps: Deps,
  slug: string,
  locale: string,
): Promise<SourceText | null> {
  return deps.db
    .prepare(`${SOURCE_TEXT} WHERE campaign = ?1 AND locale = ?2`)
    .bind(slug, locale)
    .first<SourceText>();
}

/**
 * Saves the texts of one language over the version that they were made from (0 for new ones), and a
 * new consent version where it changed. False where another save came between.
 */
export async function saveText(
  deps: Deps,
  text: TextInput & { campaign: string; locale: string; html: string },
  consentVersion: string | null,
  audit: Audit,
): Promise<boolean> {
  return saveMarked(deps, TEXT_SAVED, [text.campaign, text.locale], audit, (key) => [
    deps.db
      .prepare(
        `INSERT INTO campaign_texts (campaign, locale, saved_by, title, summary, consent, run_by, markdown, html, renderer)
         SELECT ?1, ?2, ?3, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE true
         ON CONFLICT (campaign, locale) DO UPDATE SET title = excluded.title, summary = excluded.summary,
           consent = excluded.consent, run_by = excluded.run_by, markdown = excluded.markdown,
           html = excluded.html, renderer = excluded.renderer, saved_by = excluded.saved_by, version = campaign_texts.version + 1
         WHERE campaign_texts.version = ?4`,
      )
      .bind(
        ...key,
        text.version,
        text.title,
        text.summary,
        text.consent,
        text.runBy,
        text.markdown,
        text.html,
        RENDERER,
      ),
    ...(consentVersion === null
      ? []
      : [
          deps.db
            .prepare(
              `UPDATE campaigns SET consent_version = ?4, version = version + 1
               WHERE slug = ?1 AND consent_version <> ?4 AND ${TEXT_SAVED}`,
            )
            .bind(...key, consentVersion),
        ]),
  ]);
}

/** Changes a campaign's state over a version. False where another save came between. */
export async function saveStatus(
  deps: Deps,
  change: { slug: string; version: number },
  status: Campaign["status"],
  archived: boolean,
  audit: Audit,
): Promise<boolean> {
  return saveMarked(deps, CAMPAIGN_SAVED, [change.slug], audit, (key) => [
    deps.db
      .prepare(
        `UPDATE campaigns SET status = ?4, archived = ?5, version = version + 1, saved_by = ?2,
           closed_at = CASE ?4 WHEN 'closed' THEN COALESCE(closed_at, ?6) END,
           shred_due_at = CASE ?4 WHEN 'open' THEN NULL ELSE shred_due_at END
         WHERE slug = ?1 AND version = ?3`,
      )
      .bind(...key, change.version, status, archived ? 1 : 0, deps.clock.now()),
  ]);
}

/** Notes that a campaign is to be shredded, or with null that it is not. False where it is over already. */
export async function saveShredDue(
  deps: Deps,
  change: { slug: string; version: number },
  due: { at: number; by: string } | null,
  audit: Audit,
  mails: D1PreparedStatement[],
): Promise<boolean> {
  return saveMarked(deps, CAMPAIGN_SAVED, [change.slug], audit, (key) => [
    deps.db
      .prepare(
        `UPDATE campaigns SET shred_due_at = ?4, shred_asked_by = ?5, version = version + 1, saved_by = ?2
         WHERE slug = ?1 AND version = ?3 AND shredded_at IS NULL`,
      )
      .bind(...key, change.version, due?.at ?? null, due?.by ?? null),
    ...mails,
  ]);
}

/**
 * The campaign whose time to be shredded came first, with who asked for it: an owner, or null where it
 * was over before `endedBefore` (ms) and its owners were told before `toldBefore`.
 */
export async function dueShreds(
  deps: Deps,
  { endedBefore, toldBefore }: { endedBefore: number; toldBefore: number },
): Promise<{ slug: string; by: string | null }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT c.slug, c.shred_asked_by AS by FROM campaigns c
       WHERE c.shredded_at IS NULL AND c.status <> 'draft' AND (${ENDED_AT} <= ?2 AND ${toldOf("erasure-hashes", "?3")}
         OR c.shred_due_at <= ?1 AND (c.status = 'closed' OR c.closes_at <= ?1))
       ORDER BY c.shred_due_at LIMIT 1`,
    )
    .bind(deps.clock.now(), endedBefore, toldBefore)
    .all<{ slug: string; by: string | null }>();
  return results;
}

/** Campaigns that were over at a moment (ms) and whose owners were told at another, those that ended first before others. */
export async function overForGood(
  deps: Deps,
  endedBefore: number,
  toldBefore: number,
  limit: number,
): Promise<string[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT c.slug FROM campaigns c WHERE ${ENDED_AT} <= ?1 AND ${toldOf("erasure-campaign", "?2")}
       ORDER BY ${ENDED_AT} LIMIT ?3`,
    )
    .bind(endedBefore, toldBefore, limit)
    .all<{ slug: string }>();
  return results.map(({ slug }) => slug);
}

/**
 * Campaigns that were over at `firstFrom` (ms) and whose owners have not been told what is erased of them,
 * or that were at `lastFrom` and have not been told for the last time.
 */
export async function endedUntold(
  deps: Deps,
  about: ErasureAbout,
  firstFrom: number,
  lastFrom: number,
  limit: number,
): Promise<{ slug: string; endedAt: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT c.slug, ${ENDED_AT} AS endedAt FROM campaigns c LEFT JOIN told_erasures t
         ON t.campaign = c.slug AND t.about = ?1 AND t.ended_at = ${ENDED_AT}
       WHERE ${ENDED_AT} <= ?2 AND (t.first_at IS NULL OR t.last_at IS NULL AND ${ENDED_AT} <= ?3)
       ORDER BY ${ENDED_AT} LIMIT ?4`,
    )
    .bind(about, firstFrom, lastFrom, limit)
    .all<{ slug: string; endedAt: number }>();
  return results;
}

/** Makes a campaign somebody's own: who runs it, how to reach them, and no demonstration any more. */
export async function saveTakenOver(
  deps: Deps,
  change: { slug: string; version: number },
  who: { runBy: string; contact: string },
  audit: Audit,
): Promise<boolean> {
  return saveMarked(deps, CAMPAIGN_SAVED, [change.slug], audit, (key) => [
    deps.db
      .prepare(
        `UPDATE campaigns SET contact = ?4, demonstration = 0, version = version + 1, saved_by = ?2
         WHERE slug = ?1 AND version = ?3`,
      )
      .bind(...key, change.version, who.contact),
    deps.db
      .prepare(
        `UPDATE campaign_texts SET run_by = ?3, version = version + 1
         WHERE campaign = ?1 AND ${CAMPAIGN_SAVED}`,
      )
      .bind(...key, who.runBy),
  ]);
}

/** Every campaign, drafts and archived ones too, for those who have a role in it. */
export async function campaignsBySlug(deps: Deps, slugs: string[]): Promise<Campaign[]> {
  const { results } = await deps.db
    .prepare(`${CAMPAIGN} WHERE c.slug IN (SELECT value FROM json_each(?1)) ORDER BY c.slug`)
    .bind(JSON.stringify(slugs))
    .all<CampaignRow>();
  return results.map(toCampaign);
}

/**
 * Sets a campaign's two keys over a version; what was sealed before stays sealed to the keys of its
 * day. False where another save came between.
 */
export async function saveKeys(
  deps: Deps,
  change: { slug: string; version: number; publicKey: string; secondKey: string },
  audit: Audit,
): Promise<boolean> {
  return saveMarked(deps, CAMPAIGN_SAVED, [change.slug], audit, (key) => [
    deps.db
      .prepare(
        `UPDATE campaigns SET sealing_key = ?4, second_key = ?5, keys_proved_at = ?6,
           canary_failed_at = NULL, version = version + 1, saved_by = ?2
         WHERE slug = ?1 AND version = ?3`,
      )
      .bind(...key, change.version, change.publicKey, change.secondKey, deps.clock.now()),
  ]);
}

/** Notes whether somebody's key opened the canary: `failedAt` (ms), or null where it did. */
export async function saveCanary(
  deps: Deps,
  slug: string,
  failedAt: number | null,
  audit: Audit | null,
): Promise<void> {
  const logged = audit ? [auditRow(deps, audit)] : [];
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(`UPDATE campaigns SET canary_failed_at = ?2 WHERE slug = ?1`)
        .bind(slug, failedAt),
      ...logged,
    ]),
  );
}

/** Open campaigns whose published total has come past a share of the goal that organizers were not told of. */
export async function reachedMilestones(
  deps: Deps,
  shares: readonly number[],
): Promise<{ slug: string; share: number; total: number; goal: number }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT slug, share, total, goal FROM (
         SELECT c.slug, p.total, c.goal, c.milestone,
           (SELECT MAX(s.value) FROM json_each(?1) s WHERE p.total * 100 >= c.goal * s.value) AS share
         FROM campaigns c JOIN snapshots p ON p.campaign = c.slug WHERE c.status = 'open')
       WHERE share > milestone LIMIT ?2`,
    )
    .bind(JSON.stringify(shares), deps.settings.CAMPAIGNS_PER_RUN)
    .all<{ slug: string; share: number; total: number; goal: number }>();
  return results;
}

/** Notes that organizers are told of a share, and queues the mails, in one transaction. Safe to repeat. */
export async function saveMilestone(
  deps: Deps,
  slug: string,
  share: number,
  mails: D1PreparedStatement[],
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db.batch([
      ...mails,
      deps.db
        .prepare(`UPDATE campaigns SET milestone = ?2 WHERE slug = ?1 AND milestone < ?2`)
        .bind(slug, share),
    ]),
  );
}
