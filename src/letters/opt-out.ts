import * as z from "zod";
import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { brokenLink, expiredLink, mintToken, readToken } from "../lib/tokens.ts";
import { whoWere } from "../recipients/lookup.ts";
import { tokenKey } from "../secrets/read.ts";
import { isLocale } from "../ui/i18n.ts";
import { writerMark } from "./marks.ts";
import type { LetterEnvelope, OptOutScope } from "./schema.ts";
import { deleteOptOuts, findOptOuts, insertOptOut, optOutsOf, optedOutAmong } from "./store.ts";

const officeToken = z.object({
  recipient: z.string(),
  campaign: z.string(),
  /** The writer as `writerMark` names them: no address. */
  writer: z.string(),
});
/** What the link under a letter stands for. */
export type Office = z.output<typeof officeToken>;

type Sent = Pick<LetterEnvelope, "recipient" | "campaign" | "email">;

/**
 * The link by which an office stops letters, and the headers that let mail programs press it (RFC
 * 8058): such a press is about the campaign. It works as long as anyone keeps a mail: STOP_LINK_MS.
 */
export async function officeLink(
  deps: Deps,
  campaign: Campaign,
  letter: Sent & Pick<LetterEnvelope, "language">,
): Promise<{ link: string; headers: Record<string, string> }> {
  const { recipient, email, language } = letter;
  const writer = await writerMark(deps, campaign, email);
  const body: Office = { recipient, campaign: campaign.slug, writer };
  const until = deps.clock.now() + deps.settings.STOP_LINK_MS;
  const key = await tokenKey(deps, "office");
  const token = await mintToken(key, deps.random, "office", body, until);
  const link = `${deps.settings.PUBLIC_ORIGIN}/${isLocale(language) ? language : "en"}/office?t=${token}`;
  const headers = {
    "List-Unsubscribe": `<${link}>`,
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  };
  return { link, headers };
}

/** Whose link it is. Throws `token.broken` (400), `token.expired` (410). */
export async function readOffice(deps: Deps, token: string): Promise<Office> {
  const read = await readToken(await tokenKey(deps, "office"), "office", token, deps.clock.now());
  if (read.state !== "valid") throw read.state === "expired" ? expiredLink() : brokenLink();
  return officeToken.parse(read.body);
}

const aboutOf = ({ campaign, writer }: Office): Record<OptOutScope, string> => ({
  writer,
  campaign,
  all: "",
});

/** No letter of this scope leaves for this office any more. Safe to repeat. */
export async function optOut(deps: Deps, office: Office, scope: OptOutScope): Promise<void> {
  const { recipient } = office;
  const campaign = scope === "all" ? "" : office.campaign;
  const day = dayOf(deps.clock.now());
  await insertOptOut(deps, { recipient, scope, about: aboutOf(office)[scope], campaign, day });
}

/** Takes back whatever this link stopped. Safe to repeat. */
export async function optIn(deps: Deps, office: Office): Promise<void> {
  await deleteOptOuts(deps, office.recipient, Object.values(aboutOf(office)));
}

/** What is stopped of that which this link can stop. */
export async function stoppedBy(deps: Deps, office: Office): Promise<Set<OptOutScope>> {
  return findOptOuts(deps, office.recipient, Object.values(aboutOf(office)));
}

/** Those of these letters that their office does not want; of campaigns that were not shredded. */
export async function unwantedAmong<T extends Sent>(
  deps: Deps,
  letters: readonly T[],
  campaigns: ReadonlyMap<string, Campaign>,
): Promise<Set<T>> {
  const asked: { recipient: string; campaign: string; writer: string }[] = [];
  const standing = letters.filter((one) => campaigns.get(one.campaign)?.shreddedAt === null);
  for (const { recipient, campaign, email } of standing) {
    const writer = await writerMark(deps, campaigns.get(campaign)!, email);
    asked.push({ recipient, campaign, writer });
  }
  if (asked.length === 0) return new Set();
  const places = await optedOutAmong(deps, asked);
  return new Set(standing.filter((_, place) => places.has(place)));
}

/** For organizers: offices that want no more letters of a campaign, of a writer of it, or at all. */
export async function listOptOuts(deps: Deps, slug: string) {
  const rows = await optOutsOf(deps, slug);
  const people = await whoWere(deps, [...new Set(rows.map((row) => row.recipient))]);
  return rows.map((row) => ({ ...row, name: people.get(row.recipient)?.name ?? null }));
}
