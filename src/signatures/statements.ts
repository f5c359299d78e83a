import { ENDED, SHREDDED } from "../campaigns/statements.ts";
import { shredTraits } from "../integrity/statements.ts";

/**
 * Destroys what tells whether a known address signed: the pepper and the hashes. For the batch
 * that marks the campaign as shredded with this mark.
 */
export function shredSignatures(
  db: D1Database,
  campaign: string,
  mark: string,
): D1PreparedStatement[] {
  const destroyed = [
    `INSERT INTO peppers (campaign, wrapped) SELECT ?1, NULL WHERE ${SHREDDED}
     ON CONFLICT (campaign) DO UPDATE SET wrapped = NULL`,
    `UPDATE signatures SET email_hash = randomblob(32) WHERE campaign = ?1 AND ${SHREDDED}`,
  ].map((sql) => db.prepare(sql).bind(campaign, mark));
  return [...destroyed, shredTraits(db, campaign, mark)];
}

/** Deletes what is left of signing in a campaign that was over at that moment (ms), for `deleteCampaign`. */
export function deleteSigning(
  db: D1Database,
  campaign: string,
  endedBefore: number,
): D1PreparedStatement[] {
  return [`DELETE FROM peppers WHERE campaign = ?1 AND ${ENDED}`].map((sql) =>
    db.prepare(sql).bind(campaign, endedBefore),
  );
}
