import { ENDED, SHREDDED } from "../campaigns/statements.ts";
import { cancelDueMail } from "../mail/statements.ts";

/**
 * Ends a signer's letters that have not left, and makes what is kept of others and of presses tell of nobody.
 * `own` is their mark; `places` are those of letters to themselves, by day with the key in hex.
 */
export function forgetWriterOf(
  db: D1Database,
  { campaign, emailHash }: { campaign: string; emailHash: Uint8Array },
  own: Uint8Array,
  places: readonly { day: string; key: string }[],
): D1PreparedStatement[] {
  const list = JSON.stringify(places);
  const taken = `(day, key) IN (SELECT value ->> 'day', unhex(value ->> 'key') FROM json_each(?1))`;
  // By its index, which holds those with a writer alone: else all letters of the campaign are read.
  const written = `writer IS NOT NULL AND campaign = ?1 AND writer = ?2`;
  return [
    ...cancelDueMail(db, `SELECT CAST(id AS INTEGER) FROM letter_limits WHERE ${taken}`, [list]),
    db.prepare(`DELETE FROM letter_limits WHERE ${taken}`).bind(list),
    ...cancelDueMail(db, `SELECT mail_id FROM letters WHERE ${written}`, [campaign, emailHash]),
    ...[
      `DELETE FROM letters WHERE ${written} AND state IN ('held', 'waiting')`,
      `UPDATE letters SET writer = NULL WHERE ${written}`,
      `DELETE FROM letter_writers WHERE campaign = ?1 AND writer = ?2`,
    ].map((sql) => db.prepare(sql).bind(campaign, emailHash)),
    ...[
      `UPDATE letters SET pair = randomblob(32), note = randomblob(32), writer_day = NULL, domain_day = NULL,
         sketch = NULL, own = NULL WHERE own = ?1`,
      `UPDATE letter_says SET mark = NULL, own = NULL WHERE own = ?1`,
    ].map((sql) => db.prepare(sql).bind(own)),
  ];
}

/** Ends the letters of a campaign that is shredded, with everything in them that names a person. */
export function shredLetters(db: D1Database, campaign: string, mark: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE letters SET sealed = NULL, writer = NULL, own = NULL, writer_day = NULL, domain_day = NULL, sketch = NULL,
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
