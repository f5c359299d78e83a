import type { Deps } from "../deps.ts";
import { blob, type Bytes } from "./bytes.ts";
import { memo } from "./memo.ts";
import { retryWrite } from "./retry.ts";
import { isOlderSeal, open, seal } from "./sealing.ts";

const SECRET_BYTES = 32;
const contextOf = (name: string) => `secret|${name}`;

/**
 * A random secret of 32 bytes that is made at its first use and kept in D1, wrapped by a key from the
 * master secret: what is hashed under it stays known when the master secret is rotated.
 */
export function storedSecret(deps: Deps, name: string): Promise<Bytes> {
  return memo(deps, `secret|${name}`, async () => {
    const key = await deps.keys.aes("secrets");
    const find = () =>
      deps.db
        .prepare(`SELECT wrapped FROM secrets WHERE name = ?1`)
        .bind(name)
        .first<{ wrapped: ArrayBuffer }>();
    let row = await find();
    if (!row) {
      const fresh = deps.random.bytes(SECRET_BYTES);
      const wrapped = await seal(key, deps.random, fresh, contextOf(name));
      await retryWrite(deps, () =>
        deps.db
          .prepare(`INSERT INTO secrets (name, wrapped) VALUES (?1, ?2) ON CONFLICT DO NOTHING`)
          .bind(name, wrapped)
          .run(),
      );
      row = await find();
    }
    const secret = await open(key, blob(row!.wrapped), contextOf(name));
    if (!secret)
      throw new Error("secret.unreadable: MASTER_SECRET is not the one it was made under");
    return secret;
  });
}

/** Wraps anew what is still under the master secret before. Gives how many; safe to repeat. */
export async function rewrapSecrets(deps: Deps): Promise<number> {
  const key = await deps.keys.aes("secrets");
  const { results } = await deps.db
    .prepare(`SELECT name, wrapped FROM secrets`)
    .all<{ name: string; wrapped: ArrayBuffer }>();
  let count = 0;
  for (const { name, wrapped } of results) {
    if (!isOlderSeal(key, blob(wrapped))) continue;
    const plain = await open(key, blob(wrapped), contextOf(name));
    if (!plain) throw new Error(`secret.unreadable: ${name}`);
    const again = await seal(key, deps.random, plain, contextOf(name));
    await retryWrite(deps, () =>
      deps.db
        .prepare(`UPDATE secrets SET wrapped = ?2 WHERE name = ?1 AND wrapped = ?3`)
        .bind(name, again, blob(wrapped))
        .run(),
    );
    count++;
  }
  return count;
}
