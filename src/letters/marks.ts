import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { hex, type Bytes } from "../lib/bytes.ts";
import { mailboxOf } from "../lib/email.ts";
import { ownDomain } from "../lib/providers.ts";
import { mac, macWith } from "../lib/sealing.ts";
import { storedSecret } from "../secrets/read.ts";
import { emailHash } from "../signatures/pepper.ts";

/** Makes keyed hashes of what letters are counted by. */
export async function marksOf(deps: Deps): Promise<(...parts: string[]) => Promise<Bytes>> {
  const secret = await storedSecret(deps, "letters");
  return (...parts) => macWith(secret, parts.join("|"));
}

type Marks = Awaited<ReturnType<typeof marksOf>>;

/** Whose letters and presses are: it stands on them until a withdrawal, or with their other marks. */
export function ownMark(
  mark: Marks,
  { campaign, emailHash }: { campaign: string; emailHash: Bytes },
): Promise<Bytes> {
  return mark("own", campaign, hex(emailHash));
}

/** Under which the letters that somebody mails to themselves on a day have their places. */
export function selfMark(mark: Marks, day: string, emailHash: Bytes): Promise<Bytes> {
  return mark("self", day, hex(emailHash));
}

/**
 * A campaign's writer by the mailbox, whatever its spelling, for an office that wants none of theirs. It
 * rests on the pepper: once that is destroyed it tells of nobody.
 */
export async function writerMark(deps: Deps, campaign: Campaign, email: string): Promise<string> {
  const mark = await marksOf(deps);
  const mailbox = await emailHash(deps, campaign, mailboxOf(email));
  return hex(await mark("writer", campaign.slug, hex(mailbox)));
}

/**
 * What letters of a day are limited by: the mailbox, whatever its spelling, and its domain; null for a
 * large provider's. Under the day's key, as limits of mail are.
 */
export async function dayMarks(
  deps: Deps,
  day: string,
  email: string,
): Promise<{ mailbox: Bytes; domain: Bytes | null }> {
  const key = await deps.keys.hmac("limits");
  const own = ownDomain(email);
  return {
    mailbox: await mac(key, `${day}|letter|${mailboxOf(email)}`),
    domain: own === null ? null : await mac(key, `${day}|letter-domain|${own}`),
  };
}
