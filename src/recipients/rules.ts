import { emailFault } from "../lib/email.ts";
import type { Recipient, Report } from "./schema.ts";

// Letters that Unicode does not take apart into a plain one and a mark.
const WHOLE: Record<string, string> = {
  ł: "l",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ı: "i",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  þ: "th",
};

/** A text without case and marks, words apart by single spaces: what searches compare. */
export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[łøđðħıßæœþ]/g, (letter) => WHOLE[letter]!)
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** What searches look into: the name in every spelling that the source gives. */
export function searchText(one: Recipient): string {
  return ` ${fold([one.name, one.givenName, one.familyName, one.officialName ?? ""].join(" "))}`;
}

/** Orders people by family name, then given name; unique by id, so that pages can go on from it. */
export function sortName(one: Recipient): string {
  return `${fold(one.familyName)}|${fold(one.givenName)}|${one.id}`;
}

/**
 * An e-mail address exactly as published, or null with the reason why it is kept out. `domains` are
 * those of the parliament; null takes any.
 */
export function publishedEmail(
  text: string | undefined,
  domains: readonly string[] | null,
): { email: string | null; problem: Report["problem"] | null } {
  if (!text) return { email: null, problem: "no_email" };
  const address = text.replace(/^mailto:/i, "");
  if (emailFault(address)) return { email: null, problem: "email_malformed" };
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  const ours =
    domains === null || domains.some((known) => domain === known || domain.endsWith(`.${known}`));
  return ours ? { email: address, problem: null } : { email: null, problem: "email_elsewhere" };
}

/** Ways to reach a person, best first. */
export function channelsOf(one: Recipient): ("email" | "form" | "phone")[] {
  return [
    ...(one.email ? (["email"] as const) : []),
    ...(one.form ? (["form"] as const) : []),
    ...(one.phone ? (["phone"] as const) : []),
  ];
}

/** How high the bodies of a person stand in a campaign's list; smaller is higher. */
export function bodyRank(one: Recipient, first: readonly string[]): number {
  const ranks = one.bodies.map((body) => first.indexOf(body.code)).filter((rank) => rank >= 0);
  return ranks.length === 0 ? first.length : Math.min(...ranks);
}

/** Whether a directory of this size may take the place of the one before. */
export function isLargeEnough(count: number, before: number, share: number): boolean {
  return count > 0 && count >= before * share;
}
