import { ENDED } from "../campaigns/statements.ts";

/** Deletes a campaign's own recipients once it was over at that moment (ms), for `deleteCampaign`. */
export function deleteOwnRecipients(
  db: D1Database,
  campaign: string,
  endedBefore: number,
): D1PreparedStatement[] {
  const own = `SELECT id FROM recipients WHERE campaign = ?1 AND ${ENDED}`;
  return [
    `DELETE FROM recipient_bodies WHERE recipient IN (${own})`,
    `DELETE FROM recipients WHERE id IN (${own})`,
  ].map((sql) => db.prepare(sql).bind(campaign, endedBefore));
}
