import { ENDED, ENDED_AT } from "../campaigns/statements.ts";
import type { Deps } from "../deps.ts";
import { blob, type Bytes } from "../lib/bytes.ts";
import { retryWrite } from "../lib/retry.ts";
import { lowerTallies, raiseSource, raiseTallies } from "../tallies/statements.ts";

export async function findPepper(
  deps: Deps,
  campaign: string,
): Promise<{ wrapped: ArrayBuffer | null } | null> {
  return deps.db
    .prepare(`SELECT wrapped FROM peppers WHERE campaign = ?1`)
    .bind(campaign)
    .first<{ wrapped: ArrayBuffer | null }>();
}

/** Peppers that were not shredded. */
export async function findPeppers(deps: Deps): Promise<{ campaign: string; wrapped: Bytes }[]> {
  const { results } = await deps.db
    .prepare(`SELECT campaign, wrapped FROM peppers WHERE wrapped IS NOT NULL`)
    .all<{ campaign: string; wrapped: ArrayBuffer }>();
  return results.map((row) => ({ ...row, wrapped: blob(row.wrapped) }));
}

/** Puts a pepper's new wrapping in place of the one that was read, and of no other. */
export async function replacePepper(
  deps: Deps,
  campaign: string,
  before: Bytes,
  after: Bytes,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(`UPDATE peppers SET wrapped = ?3 WHERE campaign = ?1 AND wrapped = ?2`)
      .bind(campaign, before, after)
      .run(),
  );
}

export async function insertPepper(deps: Deps, campaign: string, wrapped: Bytes): Promise<void> {
  await deps.db
    .prepare(
      `INSERT INTO peppers (campaign, wrapped) VALUES (?1, ?2) ON CONFLICT (campaign) DO NOTHING`,
    )
    .bind(campaign, wrapped)
    .run();
}

export interface Signature {
  id: Bytes;
  campaign: string;
  day: string;
  emailHash: Bytes;
}

interface SignatureRow {
  id: ArrayBuffer;
  campaign: string;
  day: string;
  emailHash: ArrayBuffer;
}

const COLUMNS = `id, campaign, day, email_hash AS emailHash`;

function toSignature(row: SignatureRow | null): Signature | null {
  return row && { ...row, id: blob(row.id), emailHash: blob(row.emailHash) };
}

/** The signature of a mailbox in a campaign, or null. */
export async function findByEmail(
  deps: Deps,
  campaign: string,
  emailHash: Bytes,
): Promise<Signature | null> {
  return toSignature(
    await deps.db
      .prepare(`SELECT ${COLUMNS} FROM signatures WHERE campaign = ?1 AND email_hash = ?2`)
      .bind(campaign, emailHash)
      .first<SignatureRow>(),
  );
}

/** The signature that a withdrawal secret belongs to, or null. */
export async function findByWithdrawal(deps: Deps, hash: Bytes): Promise<Signature | null> {
  return toSignature(
    await deps.db
      .prepare(`SELECT ${COLUMNS} FROM signatures WHERE withdrawal_hash = ?1`)
      .bind(hash)
      .first<SignatureRow>(),
  );
}

/** Of these rows (ids in hex), those of the campaign that still stand. */
export async function standing(
  deps: Deps,
  campaign: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const { results } = await deps.db
    .prepare(
      `SELECT lower(hex(id)) AS id FROM signatures
       WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND +campaign = ?2`,
    )
    .bind(JSON.stringify(ids), campaign)
    .all<{ id: string }>();
  return new Set(results.map((row) => row.id));
}

/** Whether links issued at that moment (ms) were burned by a withdrawal. */
export async function isBurned(
  deps: Deps,
  campaign: string,
  emailHash: Bytes,
  issuedAt: number,
): Promise<boolean> {
  const row = await deps.db
    .prepare(`SELECT 1 FROM burned WHERE campaign = ?1 AND email_hash = ?2 AND issued_before >= ?3`)
    .bind(campaign, emailHash, issuedAt)
    .first();
  return row !== null;
}

/**
 * Inserts a signature and raises what counts it, in one transaction. `id` must be fresh for each
 * try: all but the insert is guarded by it. True where this call counted the person.
 */
export async function insertSignature(
  deps: Deps,
  row: Signature & {
    country: string;
    withdrawalHash: Bytes;
    consentVersion: string;
    sealed: Bytes | null;
    /** The same, sealed to the campaign's second key. */
    second: Bytes | null;
    issuedAt: number;
    /** Whether it enters the figures in `hour` only. */
    delayed: boolean;
    hour: number;
    ref: string | null;
  },
): Promise<boolean> {
  const { db } = deps;
  const answers = await db.batch([
    db
      .prepare(
        `INSERT INTO signatures (id, campaign, email_hash, country, day, withdrawal_hash, consent_version, sealed, sealed_second)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10 WHERE NOT EXISTS
           (SELECT 1 FROM burned WHERE campaign = ?2 AND email_hash = ?3 AND issued_before >= ?9)
         ON CONFLICT DO NOTHING`,
      )
      .bind(
        row.id,
        row.campaign,
        row.emailHash,
        row.country,
        row.day,
        row.withdrawalHash,
        row.consentVersion,
        row.sealed,
        row.issuedAt,
        row.second,
      ),
    raiseTallies(db, row.id, row),
    // What comes through a source moves at once: nobody who is delayed is in it.
    ...(row.ref === null || row.delayed ? [] : [raiseSource(db, row.id, row.campaign, row.ref)]),
  ]);
  return answers[0]!.meta.changes === 1;
}

/**
 * Lowers the tallies of `hour`, burns older links, runs what else goes with the row and deletes it, in
 * one transaction. Safe to repeat.
 */
export async function deleteSignature(
  deps: Deps,
  id: Bytes,
  { issuedBefore, hour }: { issuedBefore: number; hour: number },
  also: D1PreparedStatement[],
): Promise<boolean> {
  const { db } = deps;
  const answers = await db.batch([
    lowerTallies(db, id, { hour }),
    db
      .prepare(
        `INSERT INTO burned (campaign, email_hash, issued_before)
         SELECT campaign, email_hash, ?2 FROM signatures WHERE id = ?1
         ON CONFLICT (campaign, email_hash) DO UPDATE
           SET issued_before = MAX(issued_before, excluded.issued_before)`,
      )
      .bind(id, issuedBefore),
    ...also,
    db.prepare(`DELETE FROM signatures WHERE id = ?1`).bind(id),
  ]);
  return answers.at(-1)!.meta.changes === 1;
}

/** Erases what is sealed to organizers of campaigns that were over at that moment (ms), `most` rows of it. */
export async function eraseSealed(deps: Deps, endedBefore: number, most: number): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE signatures SET sealed = NULL, sealed_second = NULL WHERE id IN (
           SELECT s.id FROM campaigns c CROSS JOIN signatures s ON s.campaign = c.slug
             AND s.sealed IS NOT NULL
           WHERE ${ENDED_AT} <= ?1 LIMIT ?2)`,
      )
      .bind(endedBefore, most)
      .run(),
  );
}

/** Of these campaigns, those of which something is sealed to organizers. */
export async function holdingSealed(deps: Deps, slugs: readonly string[]): Promise<string[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT value AS slug FROM json_each(?1)
       WHERE EXISTS (SELECT 1 FROM signatures WHERE campaign = value AND sealed IS NOT NULL)`,
    )
    .bind(JSON.stringify(slugs))
    .all<{ slug: string }>();
  return results.map(({ slug }) => slug);
}

/** Deletes signatures of a campaign that was over at that moment (ms), `most` at once. Gives how many. */
export async function deleteSignatures(
  deps: Deps,
  campaign: string,
  endedBefore: number,
  most: number,
): Promise<number> {
  const deleted = await retryWrite(deps, () =>
    deps.db
      .prepare(
        `DELETE FROM signatures WHERE id IN
           (SELECT id FROM signatures WHERE campaign = ?1 AND ${ENDED} LIMIT ?3)`,
      )
      .bind(campaign, endedBefore, most)
      .run(),
  );
  return deleted.meta.changes;
}

/** Burned links that no token can be older than are forgotten. */
export async function forgetBurned(deps: Deps, before: number): Promise<void> {
  await deps.db.prepare(`DELETE FROM burned WHERE issued_before < ?1`).bind(before).run();
}

/**
 * Sealed rows of a campaign in the order of their random ids, after one of them (hex; empty from the
 * first). All of it as hex: blobs come out of D1 as arrays of numbers, four times as long. The plus
 * keeps SQLite on the key: by campaign it would sort all of them for each page.
 */
export async function sealedRows(
  deps: Deps,
  campaign: string,
  after: string,
  limit: number,
): Promise<{ id: string; sealed: string; second: string | null }[]> {
  const { results } = await deps.db
    .prepare(
      `SELECT lower(hex(id)) AS id, lower(hex(sealed)) AS sealed,
         CASE WHEN sealed_second IS NOT NULL THEN lower(hex(sealed_second)) END AS second
       FROM signatures
       WHERE id > unhex(?2) AND +campaign = ?1 AND sealed IS NOT NULL
       ORDER BY signatures.id LIMIT ?3`,
    )
    .bind(campaign, after, limit)
    .all<{ id: string; sealed: string; second: string | null }>();
  return results;
}
