import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { canonicalEmail, NEWEST_EMAIL_RULES } from "../lib/email.ts";
import { retryWrite } from "../lib/retry.ts";
import { macWith } from "../lib/sealing.ts";
import { mintToken } from "../lib/tokens.ts";
import { storedSecret, tokenKey } from "../secrets/read.ts";
import { deleteOwnWish, insertSuppression, isSuppressed } from "./store.ts";

/** The hash under which an address is suppressed; a key of its own, so it matches no signature. */
export async function suppressionHash(deps: Deps, address: string): Promise<Bytes> {
  const canonical = canonicalEmail(address, NEWEST_EMAIL_RULES);
  return macWith(await storedSecret(deps, "suppressions"), canonical);
}

/** What lets whoever holds it stop mail to an address. */
export async function mintStopToken(deps: Deps, email: string): Promise<string> {
  const until = deps.clock.now() + deps.settings.STOP_LINK_MS;
  return mintToken(await tokenKey(deps, "stop"), deps.random, "stop", { email }, until);
}

/**
 * A link that stops all mail to an address, with the headers that let mail programs press it by
 * themselves (RFC 8058). It works as long as anyone keeps a mail: STOP_LINK_MS.
 */
export async function stopLink(
  deps: Deps,
  email: string,
  locale: string,
): Promise<{ link: string; headers: Record<string, string> }> {
  const token = await mintStopToken(deps, email);
  const link = `${deps.settings.PUBLIC_ORIGIN}/${locale}/stop?t=${token}`;
  return {
    link,
    headers: {
      "List-Unsubscribe": `<${link}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
  };
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
