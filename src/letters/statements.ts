import { ENDED, SHREDDED } from "../campaigns/statements.ts";
import { cancelDueMail } from "../mail/statements.ts";

/** By its index, which holds those with a writer alone: else all letters of the campaign are read. */
const OWN = `writer IS NOT NULL AND (campaign, writer) IN (SELECT campaign, email_hash FROM signatures WHERE id = ?1)`;

/** Deletes the letters of a signer that have not left, for `withdraw` to put into its batch. */
export function deleteWaitingLetters(
  db: D1Database,
  signatureId: Uint8Array,
): D1PreparedStatement[] {
  return [
    ...cancelDueMail(db, `SELECT mail_id FROM letters WHERE ${OWN}`, [signatureId]),
    db
      .prepare(`DELETE FROM letters WHERE ${OWN} AND state IN ('held', 'waiting')`)
      .bind(signatureId),
    db.prepare(`UPDATE letters SET writer = NULL WHERE ${OWN}`).bind(signatureId),
    db
      .prepare(
        `DELETE FROM letter_writers WHERE (campaign, writer) IN (SELECT campaign, email_hash FROM signatures WHERE id = ?1)`,
      )
      .bind(signatureId),
  ];
}

/** Ends the letters of a campaign that is shredded, with everything in them that names a person. */
export function shredLetters(db: D1Database, campaign: string, mark: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE letters SET sealed = NULL, writer = NULL, writer_day = NULL, domain_day = NULL, sketch = NULL,
         look = NULL,
         state = CASE WHEN state IN ('held', 'waiting') THEN 'stopped' ELSE state END
       WHERE campaign = ?1 AND ${SHREDDED}`,
    )
    .bind(campaign, mark);
}

/** Deletes what is left of the letters of a campaign that was over at that moment (ms), for `deleteCampaign`. */
export function deleteLetters(
  db: D1Database,
  campaign: string,
  endedBefore: number,
): D1PreparedStatement[] {
  return [
    `DELETE FROM letters WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM letter_says WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM letter_writers WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM letter_opt_outs WHERE campaign = ?1 AND ${ENDED}`,
    `DELETE FROM published_letters WHERE campaign = ?1 AND ${ENDED}`,
  ].map((sql) => db.prepare(sql).bind(campaign, endedBefore));
}
