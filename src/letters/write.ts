import type { Campaign } from "../campaigns/rules.ts";
import type { Topic } from "../campaigns/topics.ts";
import type { Deps } from "../deps.ts";
import { base64url } from "../lib/bytes.ts";
import { invalid, Problem } from "../lib/problem.ts";
import { takesFrom, writable } from "../recipients/lookup.ts";
import { parliamentOf, regionName } from "../recipients/parliaments/parliament.ts";
import type { Recipient } from "../recipients/schema.ts";
import { letterTextsFor } from "./kit.ts";
import { isLocale } from "../ui/i18n.ts";
import { readClaims } from "../measures/read.ts";
import { diamondGapDays } from "../measures/rules.ts";
import { linksFor, type Links } from "./links.ts";
import { compose, type Letter } from "./rules.ts";
import type { LetterInput } from "./schema.ts";

const SEED_BYTES = 12;

export interface WrittenLetter {
  recipient: Recipient;
  /** What the recipient's region is called, or null. */
  region: string | null;
  /** What the recipient's office is called, by locale; null for one of a list of one's own. */
  office: Readonly<Record<string, string>> | null;
  /** The letter's language. */
  locale: string;
  /** Whether a native speaker has read the letters in that language. */
  reviewed: boolean;
  letter: Letter;
  links: Links;
}

/** What a supporter says of themselves and of the letters that they want. */
export interface Wish {
  country: string;
  state: string | null;
  town: string;
  name: string;
  note: string;
  topics: readonly Topic[];
  /** `en` in place of the reader's own language; null for that. */
  locale: string | null;
}

/** A seed for letters that nobody else has. */
export function freshSeed(deps: Deps): string {
  return base64url(deps.random.bytes(SEED_BYTES));
}

/**
 * A letter to each recipient in their language. The same seed and wish give the same letters. Those
 * that nothing true to the day is left for are missing.
 */
export async function writeLetters(
  deps: Deps,
  campaign: Campaign,
  recipients: readonly Recipient[],
  wish: Wish,
  seed: string,
): Promise<WrittenLetter[]> {
  const claims = await readClaims(deps);
  const now = deps.clock.now();
  const gapDays = diamondGapDays();
  const written: WrittenLetter[] = [];
  for (const recipient of recipients) {
    const parliament = parliamentOf(deps.parliaments, recipient.jurisdiction);
    const choice = { locale: wish.locale, unreviewed: campaign.unreviewedLetters };
    const { locale, texts, kit } = await letterTextsFor(deps, recipient, choice);
    const letter = compose(
      {
        kit,
        forms: texts.forms,
        recipient,
        parliament,
        writer: {
          country: wish.country,
          countryName: texts.countries[wish.country] ?? "",
          state: wish.state,
          town: wish.town,
          name: wish.name,
          note: wish.note,
        },
        topics: wish.topics,
        allowed: campaign.letterTopics,
        claims,
        now,
        gapDays,
        link: `${deps.settings.PUBLIC_ORIGIN}/${isLocale(locale) ? locale : "en"}/measures`,
      },
      seed,
    );
    if (letter === null) continue;
    const reviewed = kit.reviewedBy !== null || locale === "en";
    written.push({
      recipient,
      region: regionName(deps.parliaments, recipient),
      office: parliament.texts.offices[recipient.office] ?? null,
      locale,
      reviewed,
      letter,
      links: linksFor(recipient, letter),
    });
  }
  return written;
}

/**
 * Letters as the API asks for them. Throws `request.invalid` (422) for somebody whom the campaign
 * may not write to, `letters.unchecked` (409) where nothing true to the day is left to say.
 */
export async function writeFor(
  deps: Deps,
  campaign: Campaign,
  input: LetterInput,
  seed: string,
): Promise<WrittenLetter[]> {
  const found = await writable(deps, campaign, input.recipients);
  const errors = input.recipients.flatMap((id, place) => {
    const one = found.get(id);
    const path = `recipients.${place}`;
    if (!one) return [{ path, message: "recipients.unknown" }];
    const theirs = takesFrom(deps, one, input.country);
    return theirs ? [] : [{ path, message: "recipients.not_yours" }];
  });
  if (errors.length > 0) throw invalid(errors);
  const wish: Wish = {
    country: input.country,
    state: null,
    town: input.town ?? "",
    name: input.name ?? "",
    note: input.note ?? "",
    topics: input.topics ?? [],
    locale: input.locale ?? null,
  };
  const written = await writeLetters(deps, campaign, [...found.values()], wish, seed);
  if (written.length < found.size) throw new Problem(409, "letters.unchecked");
  return written;
}
