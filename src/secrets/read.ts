import type { Audit } from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { memo } from "../lib/memo.ts";
import { isOlderSeal, open, seal, type SealingKey } from "../lib/sealing.ts";
import type { TokenPurpose } from "../lib/tokens.ts";
import { findSecret, findSecrets, insertSecret, replaceSecret, rewrapSecret } from "./store.ts";

const SECRET_BYTES = 32;
const contextOf = (name: string) => `secret|${name}`;

async function wrap(deps: Deps, name: string, secret: Bytes): Promise<Bytes> {
  return seal(await deps.keys.aes("secrets"), deps.random, secret, contextOf(name));
}

/** A stored secret that no master secret here opens: what rests on it is out of reach. */
export class SecretUnreadable extends Error {
  constructor() {
    super("secret.unreadable: MASTER_SECRET is not the one it was made under");
  }
}

/**
 * A random secret of 32 bytes that is made at its first use and kept in D1, wrapped by a key from the
 * master secret: what is hashed under it stays known when the master secret is rotated.
 */
export function storedSecret(deps: Deps, name: string): Promise<Bytes> {
  return memo(deps, `secret|${name}`, async () => {
    let wrapped = await findSecret(deps, name);
    if (!wrapped) {
      await insertSecret(deps, name, await wrap(deps, name, deps.random.bytes(SECRET_BYTES)));
      wrapped = await findSecret(deps, name);
    }
    const secret = await open(await deps.keys.aes("secrets"), wrapped!, contextOf(name));
    if (!secret) throw new SecretUnreadable();
    return secret;
  });
}

const tokenSecret = (purpose: TokenPurpose) => `token-${purpose}`;

/**
 * The key of tokens of one purpose. It comes from the master secret and from a stored secret of its
 * own: neither of them alone makes or opens a token.
 */
export async function tokenKey(deps: Deps, purpose: TokenPurpose): Promise<SealingKey> {
  const bytes = await storedSecret(deps, tokenSecret(purpose));
  return deps.keys.aes("token", { name: purpose, bytes });
}

/**
 * Replaces the secret behind the tokens of one purpose: those that are out open no more. What a
 * mail's link withdraws by does not depend on it.
 */
export async function replaceTokenSecret(
  deps: Deps,
  by: string,
  purpose: TokenPurpose,
): Promise<void> {
  const name = tokenSecret(purpose);
  const audit: Audit = { campaign: null, by, act: "secret.replaced", after: { purpose } };
  await replaceSecret(deps, name, await wrap(deps, name, deps.random.bytes(SECRET_BYTES)), audit);
}

/** Wraps anew what is still under the master secret before. Gives how many; safe to repeat. */
export async function rewrapSecrets(deps: Deps): Promise<number> {
  const key = await deps.keys.aes("secrets");
  const older = (await findSecrets(deps)).filter(({ wrapped }) => isOlderSeal(key, wrapped));
  for (const { name, wrapped } of older) {
    const secret = await open(key, wrapped, contextOf(name));
    if (!secret) throw new Error(`secret.unreadable: ${name}`);
    await rewrapSecret(deps, name, wrapped, await wrap(deps, name, secret));
  }
  return older.length;
}
