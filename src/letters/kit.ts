import type { Deps } from "../deps.ts";
import type { Recipient } from "../recipients/schema.ts";

/** The hand-written parts of letters to one audience in one language (templates/letters). */
export interface Kit {
  /** A native speaker's name, or null where none has read it. */
  reviewedBy: string | null;
  /** Claims that each topic and ask rests on, by its heading. */
  restsOn: Record<string, string[]>;
  /** Variants by heading: `subject`, `subject TOPIC`, `intro-own`, `intro-other`, topics, `ask-…`, `close`. */
  parts: Record<string, string[]>;
}

export interface Forms {
  female: string;
  male: string;
  neutral: string;
  senator?: string;
  representative?: string;
  closing: string;
  sources: string;
}

/** All letters in one language. Only English has a kit for Congress. */
export interface LetterTexts {
  forms: Forms;
  /** Names of countries by their codes. */
  countries: Record<string, string>;
  mep: Kit;
  congress?: Kit;
}

const kept = new Map<string, LetterTexts | null>();

/**
 * The letters of a language, or null where there are none. They are assets and no part of the bundle;
 * an isolate keeps each language once it is there, and no request waits for another's reading.
 */
export async function readLetterTexts(deps: Deps, locale: string): Promise<LetterTexts | null> {
  const known = kept.get(locale);
  if (known !== undefined) return known;
  if (!/^[a-z]{2}$/.test(locale)) return null;
  const answer = await deps.assets(`/assets/letters/${locale}.json`);
  if (!answer.ok && answer.status !== 404) {
    throw new Error(`letters.unreadable: ${answer.status}`);
  }
  const texts = answer.ok ? await answer.json<LetterTexts>() : null;
  kept.set(locale, texts);
  return texts;
}

/** The kit that speaks to this recipient, or null. */
function kitFor(texts: LetterTexts, recipient: Recipient): Kit | null {
  return recipient.jurisdiction === "US" ? (texts.congress ?? null) : texts.mep;
}

/** The recipient's first language that letters are written in and that may be used; else English. */
export async function letterTextsFor(
  deps: Deps,
  recipient: Recipient,
  wish: { english: boolean; unreviewed: boolean },
): Promise<{ locale: string; texts: LetterTexts; kit: Kit }> {
  const languages = wish.english ? [] : recipient.languages;
  for (const locale of [...languages, "en"]) {
    const texts = await readLetterTexts(deps, locale);
    const kit = texts && kitFor(texts, recipient);
    if (!texts || !kit) continue;
    if (locale === "en" || kit.reviewedBy !== null || wish.unreviewed)
      return { locale, texts, kit };
  }
  throw new Error("letters.no_english");
}
