import { cancelDueMail } from "../mail/statements.ts";

const OWN = `(campaign, writer) IN (SELECT campaign, email_hash FROM signatures WHERE id = ?1)`;

/** Deletes the letters of a signer that have not left, for `withdraw` to put into its batch. */
export function deleteWaitingLetters(
  db: D1Database,
  signatureId: Uint8Array,
): D1PreparedStatement[] {
  return [
    cancelDueMail(db, `SELECT mail_id FROM letters WHERE ${OWN}`, [signatureId]),
    db
      .prepare(`DELETE FROM letters WHERE ${OWN} AND state IN ('held', 'waiting')`)
      .bind(signatureId),
    db.prepare(`UPDATE letters SET writer = NULL WHERE ${OWN}`).bind(signatureId),
  ];
}
