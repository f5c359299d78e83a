import { ENDED, ENDED_AT, toldOf } from "../campaigns/statements.ts";
import type { Deps } from "../deps.ts";
import { dropReplacedTraits, dropTraits } from "../integrity/statements.ts";
import { blob, type Bytes } from "../lib/bytes.ts";
import { retryWrite } from "../lib/retry.ts";
import { lowerReplaced, lowerTallies, raiseSource, raiseTallies } from "../tallies/statements.ts";

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
  emailHash: Bytes;
  withdrawalHash: Bytes;
  /** As it is shown in totals; null in the careful way. */
  country: string | null;
  /** A UTC day, YYYY-MM-DD; in the careful way its month, YYYY-MM. */
  signedOn: string;
}

/** One that stands. */
export interface KeptSignature extends Signature {
  /** Whether it is held out of what counts. */
  held: boolean;
}

interface SignatureRow extends Omit<Signature, "id" | "emailHash" | "withdrawalHash"> {
  id: ArrayBuffer;
  emailHash: ArrayBuffer;
  withdrawalHash: ArrayBuffer;
  hold: string | null;
}

const COLUMNS = `id, campaign, country, signed_on AS signedOn, email_hash AS emailHash,
  withdrawal_hash AS withdrawalHash, hold`;

function toSignature(row: SignatureRow | null): KeptSignature | null {
  if (!row) return null;
  const { id, emailHash, withdrawalHash, hold, ...rest } = row;
  return {
    ...rest,
    held: hold !== null,
    id: blob(id),
    emailHash: blob(emailHash),
    withdrawalHash: blob(withdrawalHash),
  };
}

/** The signature of a mailbox in a campaign, or null. */
export async function findByEmail(
  deps: Deps,
  campaign: string,
  emailHash: Bytes,
): Promise<KeptSignature | null> {
  return toSignature(
    await deps.db
      .prepare(`SELECT ${COLUMNS} FROM signatures WHERE campaign = ?1 AND email_hash = ?2`)
      .bind(campaign, emailHash)
      .first<SignatureRow>(),
  );
}

/** The signature that a withdrawal secret belongs to, or null. */
export async function findByWithdrawal(deps: Deps, hash: Bytes): Promise<KeptSignature | null> {
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

export const ID_BYTES = 16;

/**
 * Counts a signature, in place of what another link of the same mailbox has signed, with what counts
 * both, in one transaction. `row.id` must be fresh for each try: what counts it is guarded by it. False
 * where this link has signed already, and where the campaign's pepper is gone.
 */
export async function replaceSignature(
  deps: Deps,
  row: Signature & {
    consentVersion: string;
    sealed: Bytes | null;
    /** The same, sealed to the campaign's second key. */
    second: Bytes | null;
  },
  figures: {
    /** Whether it enters the figures in the hour that was drawn only. */
    delayed: boolean;
    /** Drawn hours (see dueHour): in which the new one enters, if delayed, and the one before leaves. */
    hours: { enters: number; leaves: number };
    ref: string | null;
  },
  also: D1PreparedStatement[],
): Promise<boolean> {
  const { db } = deps;
  const { delayed, hours, ref } = figures;
  const before = [
    // What comes through a source moves at once: nobody who is delayed is in it.
    ...(ref === null || delayed ? [] : [raiseSource(db, row, ref)]),
    lowerReplaced(db, row, hours.leaves),
    dropReplacedTraits(db, row),
    db
      .prepare(
        `DELETE FROM signatures WHERE campaign = ?1 AND email_hash = ?2 AND withdrawal_hash <> ?3`,
      )
      .bind(row.campaign, row.emailHash, row.withdrawalHash),
  ];
  const answers = await db.batch([
    ...before,
    db
      .prepare(
        `INSERT INTO signatures (id, campaign, email_hash, country, signed_on, withdrawal_hash, consent_version, sealed, sealed_second)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
         WHERE EXISTS (SELECT 1 FROM peppers WHERE campaign = ?2 AND wrapped IS NOT NULL)
         ON CONFLICT DO NOTHING`,
      )
      .bind(
        row.id,
        row.campaign,
        row.emailHash,
        row.country,
        row.signedOn,
        row.withdrawalHash,
        row.consentVersion,
        row.sealed,
        row.second,
      ),
    raiseTallies(db, row.id, { delayed, hour: hours.enters }),
    ...also,
  ]);
  return answers[before.length]!.meta.changes === 1;
}

/**
 * Lowers the figures of `hour`, runs what else goes with the row and deletes it, in one transaction.
 * Nothing happens where there is no such row. Safe to repeat.
 */
export async function deleteSignature(
  deps: Deps,
  id: Bytes,
  hour: number,
  also: D1PreparedStatement[],
): Promise<void> {
  const { db } = deps;
  await db.batch([
    lowerTallies(db, id, { hour }),
    dropTraits(db, id),
    ...also,
    db.prepare(`DELETE FROM signatures WHERE id = ?1`).bind(id),
  ]);
}

/** Erases what is sealed to organizers of campaigns that were over and whose owners were told (ms), `most` rows of it. */
export async function eraseSealed(
  deps: Deps,
  { endedBefore, toldBefore }: { endedBefore: number; toldBefore: number },
  most: number,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(
        `UPDATE signatures SET sealed = NULL, sealed_second = NULL WHERE id IN (
           SELECT s.id FROM campaigns c CROSS JOIN signatures s ON s.campaign = c.slug
             AND s.sealed IS NOT NULL
           WHERE ${ENDED_AT} <= ?1 AND ${toldOf("erasure-sealed", "?3")} LIMIT ?2)`,
      )
      .bind(endedBefore, most, toldBefore)
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

/**
 * Sealed rows of a campaign that count, in the order of their random ids, after one of them (hex; empty from the
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
       WHERE id > unhex(?2) AND +campaign = ?1 AND sealed IS NOT NULL AND hold IS NULL
       ORDER BY signatures.id LIMIT ?3`,
    )
    .bind(campaign, after, limit)
    .all<{ id: string; sealed: string; second: string | null }>();
  return results;
}
