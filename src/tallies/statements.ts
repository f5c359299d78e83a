import { ENDED } from "../campaigns/statements.ts";
import type { Bytes } from "../lib/bytes.ts";

/**
 * Counts a signature that its batch has just inserted, and nothing where it was not. A `delayed` one
 * enters the figures in `hour` (see dueHour); a row without a country is counted as `other`.
 */
export function raiseTallies(
  db: D1Database,
  id: Bytes,
  { delayed, hour }: { delayed: boolean; hour: number },
): D1PreparedStatement {
  if (delayed) {
    return db
      .prepare(
        `INSERT INTO due (campaign, hour, country, delta)
         SELECT campaign, ?2, COALESCE(country, 'other'), 1 FROM signatures WHERE id = ?1
         ON CONFLICT (campaign, hour, country) DO UPDATE SET delta = delta + 1`,
      )
      .bind(id, hour);
  }
  return db
    .prepare(
      `INSERT INTO tallies (campaign, country, waiting)
       SELECT campaign, COALESCE(country, 'other'), 1 FROM signatures WHERE id = ?1
       ON CONFLICT (campaign, country) DO UPDATE SET waiting = waiting + 1`,
    )
    .bind(id);
}

/**
 * Takes a signature that its batch is about to delete out of the figures of `hour` (see dueHour), among
 * the withdrawals. One that is held out of them has left already.
 */
export function lowerTallies(
  db: D1Database,
  id: Bytes,
  { hour }: { hour: number },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO due (campaign, hour, country, delta, withdrawn)
       SELECT campaign, ?2, COALESCE(country, 'other'), CASE WHEN hold IS NULL THEN -1 ELSE 0 END, 1
       FROM signatures WHERE id = ?1
       ON CONFLICT (campaign, hour, country) DO UPDATE
         SET delta = delta + excluded.delta, withdrawn = withdrawn + excluded.withdrawn`,
    )
    .bind(id, hour);
}

/** The same for what another link of this mailbox has signed, if anything. */
export function lowerReplaced(
  db: D1Database,
  by: { campaign: string; emailHash: Bytes; withdrawalHash: Bytes },
  hour: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO due (campaign, hour, country, delta)
       SELECT campaign, ?4, COALESCE(country, 'other'), -1 FROM signatures
       WHERE campaign = ?1 AND email_hash = ?2 AND withdrawal_hash <> ?3 AND hold IS NULL
       ON CONFLICT (campaign, hour, country) DO UPDATE SET delta = delta + excluded.delta`,
    )
    .bind(by.campaign, by.emailHash, by.withdrawalHash, hour);
}

/** Counts the source that a signature comes through, before its batch inserts it: once for a mailbox. */
export function raiseSource(
  db: D1Database,
  { campaign, emailHash }: { campaign: string; emailHash: Bytes },
  ref: string,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE sources SET count = count + 1 WHERE campaign = ?1 AND ref = ?3
       AND NOT EXISTS (SELECT 1 FROM signatures WHERE campaign = ?1 AND email_hash = ?2)`,
    )
    .bind(campaign, emailHash, ref);
}

/** Counts a mail that the statement just before this one queued, and nothing where it was there already. */
export function raiseAsked(db: D1Database, campaign: string, day: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO asked (campaign, day, count) SELECT ?1, ?2, 1 WHERE changes() > 0
       ON CONFLICT (campaign, day) DO UPDATE SET count = count + 1`,
    )
    .bind(campaign, day);
}

/** Deletes every figure of a campaign that was over at that moment (ms), for `deleteCampaign`. */
export function deleteFigures(
  db: D1Database,
  campaign: string,
  endedBefore: number,
): D1PreparedStatement[] {
  return [
    `DELETE FROM snapshots WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM due WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM tallies WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM asked WHERE campaign = ?1 AND ${ENDED}`,
  ].map((sql) => db.prepare(sql).bind(campaign, endedBefore));
}
