import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { canonicalEmail, NEWEST_EMAIL_RULES } from "../lib/email.ts";
import { retryWrite } from "../lib/retry.ts";
import { macWith } from "../lib/sealing.ts";
import { storedSecret } from "../lib/secrets.ts";
import { deleteOwnWish, insertSuppression, isSuppressed } from "./store.ts";

/** The hash under which an address is suppressed; a key of its own, so it matches no signature. */
export async function suppressionHash(deps: Deps, address: string): Promise<Bytes> {
  const canonical = canonicalEmail(address, NEWEST_EMAIL_RULES);
  return macWith(await storedSecret(deps, "suppressions"), canonical);
}

/** Nothing more is sent to this address, by its owner's wish. Safe to repeat. */
export async function stopMail(deps: Deps, address: string): Promise<void> {
  const hash = await suppressionHash(deps, address);
  const day = dayOf(deps.clock.now());
  await retryWrite(deps, () => insertSuppression(deps.db, hash, "own-wish", day).run());
}

/** Takes that wish back. */
export async function allowMail(deps: Deps, address: string): Promise<void> {
  await deleteOwnWish(deps, await suppressionHash(deps, address));
}

export async function isStopped(deps: Deps, address: string): Promise<boolean> {
  return isSuppressed(deps, await suppressionHash(deps, address));
}
