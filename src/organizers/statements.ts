import { ENDED } from "../campaigns/statements.ts";

/** Deletes roles, news and downloads of a campaign that was over at that moment (ms), for `eraseCampaigns`. */
export function deleteRoom(
  db: D1Database,
  campaign: string,
  endedBefore: number,
): D1PreparedStatement[] {
  return [
    `DELETE FROM roles WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM updates WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM exports WHERE campaign = ?1 AND ${ENDED}`,
  ].map((sql) => db.prepare(sql).bind(campaign, endedBefore));
}
