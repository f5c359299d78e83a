import { ENDED, SHREDDED } from "../campaigns/statements.ts";
import type { Bytes } from "../lib/bytes.ts";
import { startOf } from "../tallies/rules.ts";
import { HOUR } from "../lib/clock.ts";
import { OTHER_DOMAINS } from "./rules.ts";

/** How an ordinary signature came. */
export interface Traits {
  /** The lane that its ask waited in. */
  lane: string;
  /** See `providerOf`. */
  provider: string;
  /** As the link had it; kept where it is on the campaign's list. */
  source: string | null;
}

/**
 * Keeps how a signature came that its batch has just inserted, and counts its hour; nothing where it was not
 * inserted. Never for the careful way or somebody at risk: they can be prevented and not picked out.
 */
export function keepTraits(
  db: D1Database,
  id: Bytes,
  { lane, provider, source }: Traits,
  now: number,
): D1PreparedStatement[] {
  const counted = provider.startsWith(OTHER_DOMAINS) ? OTHER_DOMAINS : provider;
  return [
    db
      .prepare(
        `INSERT INTO signature_traits (signature, campaign, day, lane, provider, source)
         SELECT s.id, s.campaign, s.signed_on, ?2, ?3,
           (SELECT ref FROM sources WHERE campaign = s.campaign AND ref = ?4)
         FROM signatures s WHERE s.id = ?1 ON CONFLICT (signature) DO NOTHING`,
      )
      .bind(id, lane, provider, source),
    db
      .prepare(
        `INSERT INTO signed_hours (campaign, hour, trait, value, count)
         SELECT s.campaign, ?2, j.key, COALESCE(j.value, s.country), 1
         FROM signatures s CROSS JOIN json_each(?3) j
         WHERE s.id = ?1 AND (j.key <> 'source'
           OR EXISTS (SELECT 1 FROM sources WHERE campaign = s.campaign AND ref = j.value))
         ON CONFLICT (campaign, hour, trait, value) DO UPDATE SET count = count + 1`,
      )
      .bind(
        id,
        startOf(now, HOUR),
        JSON.stringify({ country: null, lane, provider: counted, source: source ?? "" }),
      ),
  ];
}

/** Forgets how a signature came that its batch is about to delete. */
export function dropTraits(db: D1Database, id: Bytes): D1PreparedStatement {
  return db.prepare(`DELETE FROM signature_traits WHERE signature = ?1`).bind(id);
}

/** The same of what another link of this mailbox has signed, if anything. */
export function dropReplacedTraits(
  db: D1Database,
  by: { campaign: string; emailHash: Bytes; withdrawalHash: Bytes },
): D1PreparedStatement {
  return db
    .prepare(
      `DELETE FROM signature_traits WHERE signature IN (SELECT id FROM signatures
         WHERE campaign = ?1 AND email_hash = ?2 AND withdrawal_hash <> ?3)`,
    )
    .bind(by.campaign, by.emailHash, by.withdrawalHash);
}

/** Forgets how signatures of a campaign came, for the batch that marks it as shredded with this mark. */
export function shredTraits(db: D1Database, campaign: string, mark: string): D1PreparedStatement {
  return db
    .prepare(`DELETE FROM signature_traits WHERE campaign = ?1 AND ${SHREDDED}`)
    .bind(campaign, mark);
}

/** Deletes all of it of a campaign that was over at that moment (ms), for `deleteCampaign`. */
export function deleteIntegrity(
  db: D1Database,
  campaign: string,
  endedBefore: number,
): D1PreparedStatement[] {
  return [
    `DELETE FROM signature_traits WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM signature_groups WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM signed_hours WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM holds WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM published_integrity WHERE campaign = ?1 AND ${ENDED}`,
  ].map((sql) => db.prepare(sql).bind(campaign, endedBefore));
}
