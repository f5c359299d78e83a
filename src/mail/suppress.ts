import type { Deps } from "../deps.ts";
import { auditRow } from "../audit/statements.ts";
import { hex, type Bytes } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { canonicalEmail, FIRST_EMAIL_RULES, mailboxOf } from "../lib/email.ts";
import { retryWrite } from "../lib/retry.ts";
import { macWith } from "../lib/sealing.ts";
import { mintToken } from "../lib/tokens.ts";
import { storedSecret, tokenKey } from "../secrets/read.ts";
import { deleteSuppressions, insertSuppression, suppressedAmong } from "./store.ts";

/**
 * The hashes under which an address is suppressed, by a key of their own, so that they match no
 * signature: its mailbox under all its names, for wishes and complaints, and this very spelling, for what
 * bounced. `before` is how a mailbox was written when it had fewer names: looked for, never written.
 */
export async function suppressionHashes(
  deps: Deps,
  address: string,
): Promise<{ mailbox: Bytes; spelling: Bytes; before: Bytes }> {
  const key = await storedSecret(deps, "suppressions");
  return {
    mailbox: await macWith(key, `mailbox|${mailboxOf(address)}`),
    before: await macWith(key, canonicalEmail(address, FIRST_EMAIL_RULES)),
    spelling: await macWith(key, `spelling|${address.trim().toLowerCase()}`),
  };
}

/** The day on which a spelling that bounces today may be written to again. */
export function spellingUntil({ clock, settings }: Deps): string {
  return dayOf(clock.now() + settings.SUPPRESSED_SPELLING_MS);
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
  const { mailbox } = await suppressionHashes(deps, address);
  const day = dayOf(deps.clock.now());
  const wish = { hash: mailbox, reason: "own-wish", until: null } as const;
  await retryWrite(deps, () => insertSuppression(deps.db, wish, day).run());
}

/** Takes that wish back; a bounce or a complaint stays. */
export async function allowMail(deps: Deps, address: string): Promise<void> {
  const { mailbox, before } = await suppressionHashes(deps, address);
  await deleteSuppressions(deps, [mailbox, before], ["own-wish"]);
}

/**
 * Lifts what a bounce, a refusal or a complaint stopped, by whoever runs the Worker; one's own wish is
 * one's own. False where there was none.
 */
export async function liftSuppression(deps: Deps, by: string, address: string): Promise<boolean> {
  const lifted = await deleteSuppressions(
    deps,
    Object.values(await suppressionHashes(deps, address)),
    ["bounced", "refused", "complained"],
    (sql) => [auditRow(deps, { campaign: null, by, act: "mail.lifted" }, { sql, values: [] })],
  );
  return lifted > 0;
}

export async function isStopped(deps: Deps, address: string): Promise<boolean> {
  const hashes = Object.values(await suppressionHashes(deps, address)).map(hex);
  return (await suppressedAmong(deps, hashes)).size > 0;
}
