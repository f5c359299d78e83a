import type { Deps } from "../deps.ts";
import { auditRow, type Audit } from "../audit/statements.ts";
import { blob, type Bytes } from "../lib/bytes.ts";
import { retryWrite } from "../lib/retry.ts";

/** A stored secret as it is wrapped, or null. */
export async function findSecret(deps: Deps, name: string): Promise<Bytes | null> {
  const row = await deps.db
    .prepare(`SELECT wrapped FROM secrets WHERE name = ?1`)
    .bind(name)
    .first<{ wrapped: ArrayBuffer }>();
  return row && blob(row.wrapped);
}

export async function findSecrets(deps: Deps): Promise<{ name: string; wrapped: Bytes }[]> {
  const { results } = await deps.db
    .prepare(`SELECT name, wrapped FROM secrets`)
    .all<{ name: string; wrapped: ArrayBuffer }>();
  return results.map((row) => ({ name: row.name, wrapped: blob(row.wrapped) }));
}

/** Keeps a secret unless there is one of that name. Safe to repeat. */
export async function insertSecret(deps: Deps, name: string, wrapped: Bytes): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(`INSERT INTO secrets (name, wrapped) VALUES (?1, ?2) ON CONFLICT DO NOTHING`)
      .bind(name, wrapped)
      .run(),
  );
}

/** Puts a new wrapping in place of the one that was read, and of no other. */
export async function rewrapSecret(
  deps: Deps,
  name: string,
  before: Bytes,
  after: Bytes,
): Promise<void> {
  await retryWrite(deps, () =>
    deps.db
      .prepare(`UPDATE secrets SET wrapped = ?3 WHERE name = ?1 AND wrapped = ?2`)
      .bind(name, before, after)
      .run(),
  );
}

/** Puts another secret in a name's place, whatever was there. */
export async function replaceSecret(
  deps: Deps,
  name: string,
  wrapped: Bytes,
  audit: Audit,
): Promise<void> {
  const logged = auditRow(deps, audit);
  await retryWrite(deps, () =>
    deps.db.batch([
      deps.db
        .prepare(
          `INSERT INTO secrets (name, wrapped) VALUES (?1, ?2)
           ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped`,
        )
        .bind(name, wrapped),
      logged,
    ]),
  );
}
