import { ENDED } from "../campaigns/statements.ts";
import type { Bytes } from "../lib/bytes.ts";

/** Counts a signature that its batch has just inserted, and nothing where it was not. */
export function raiseTallies(db: D1Database, id: Bytes): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO totals (campaign, count) SELECT campaign, 1 FROM signatures WHERE id = ?1
         ON CONFLICT (campaign) DO UPDATE SET count = count + 1`,
      )
      .bind(id),
    db
      .prepare(
        `INSERT INTO tallies (campaign, day, country, count)
         SELECT campaign, day, country, 1 FROM signatures WHERE id = ?1
         ON CONFLICT (campaign, day, country) DO UPDATE SET count = count + 1`,
      )
      .bind(id),
  ];
}

/** Takes a signature out of the counts that its batch is about to delete. */
export function lowerTallies(db: D1Database, id: Bytes): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `UPDATE totals SET count = count - 1
         WHERE campaign = (SELECT campaign FROM signatures WHERE id = ?1)`,
      )
      .bind(id),
    db
      .prepare(
        `UPDATE tallies SET count = count - 1
         WHERE (campaign, day, country) = (SELECT campaign, day, country FROM signatures WHERE id = ?1)`,
      )
      .bind(id),
  ];
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
    `DELETE FROM totals WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM tallies WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM published_tallies WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM asked WHERE campaign = ?1 AND ${ENDED}`,
  ].map((sql) => db.prepare(sql).bind(campaign, endedBefore));
}
