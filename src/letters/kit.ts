import type { Deps } from "../deps.ts";
import { parliamentOf } from "../recipients/parliaments/parliament.ts";
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
  /** By office, where the office is in the address. */
  offices?: Record<string, string>;
  closing: string;
  sources: string;
  /** Under a letter that the server sends: what is known of its writer, and how an office stops such letters. */
  verified: string;
  stop: string;
}

/** What all letters in one language share. */
export interface LetterTexts {
  forms: Forms;
  /** Names of countries by their codes. */
  countries: Record<string, string>;
}

const kept = new Map<string, unknown>();

/**
 * Reads a file of letters, or null where there is none. They are assets and no part of the bundle; an
 * isolate keeps each once it is there, and no request waits for another's reading.
 */
async function readAsset<T>(deps: Deps, locale: string, file: string): Promise<T | null> {
  if (!/^[a-z]{2}$/.test(locale)) return null;
  const path = `/assets/letters/${locale}/${file}.json`;
  const known = kept.get(path);
  if (known !== undefined) return known as T | null;
  const answer = await deps.assets(path);
  if (!answer.ok && answer.status !== 404) {
    throw new Error(`letters.unreadable: ${answer.status}`);
  }
  const found = answer.ok ? await answer.json<T>() : null;
  kept.set(path, found);
  return found;
}

/** What letters in a language share, or null where none are written in it. */
const readLetterTexts = (deps: Deps, locale: string): Promise<LetterTexts | null> =>
  readAsset(deps, locale, "all");

/** What stands under letters in a language. Throws where none are written in it. */
export async function readForms(deps: Deps, locale: string): Promise<Forms> {
  const texts = await readLetterTexts(deps, locale);
  if (!texts) throw new Error(`letters.no_texts: ${locale}`);
  return texts.forms;
}

/** A kit by the name that parliaments call it by, or null where the language has none. */
const readKit = (deps: Deps, locale: string, name: string): Promise<Kit | null> =>
  readAsset(deps, locale, name);

/** The English kit, which every parliament has. */
export async function readEnglishKit(deps: Deps, name: string): Promise<Kit> {
  const kit = await readKit(deps, "en", name);
  if (!kit) throw new Error(`letters.no_english: ${name}`);
  return kit;
}

/** The recipient's first language that letters are written in and that may be used; else English. */
export async function letterTextsFor(
  deps: Deps,
  recipient: Recipient,
  wish: { locale: string | null; unreviewed: boolean },
): Promise<{ locale: string; texts: LetterTexts; kit: Kit }> {
  const { kit: name } = parliamentOf(deps.parliaments, recipient.jurisdiction);
  const languages = wish.locale === "en" ? [] : recipient.languages;
  for (const locale of [...languages, "en"]) {
    const [texts, kit] = await Promise.all([
      readLetterTexts(deps, locale),
      readKit(deps, locale, name),
    ]);
    if (!texts || !kit) continue;
    if (locale === "en" || kit.reviewedBy !== null || wish.unreviewed)
      return { locale, texts, kit };
  }
  throw new Error(`letters.no_english: ${name}`);
}
