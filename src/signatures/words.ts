import type { Deps } from "../deps.ts";
import { loadTexts, wordList } from "../ui/i18n.ts";

const PAIR = 2;

/** Two random words that page and mail share, so that a mail from a stranger can be told from phishing. */
export async function drawWords(deps: Deps, locale: string): Promise<string> {
  await loadTexts(deps, locale);
  const words = wordList(locale);
  // A 32-bit number for each: the list's length divides it evenly enough.
  const drawn = new Uint32Array(deps.random.bytes(PAIR * 4).buffer);
  return [...drawn].map((number) => words[number % words.length]!).join(" ");
}

/** How many pairs at each end a mail for many asks repeats: nobody can push another's out in front or behind. */
const ENDS = 7;

/** The pairs of a mail that stands for two asks: those of its first and its last ones. */
export function joinWords(older: readonly string[], newer: readonly string[]): string[] {
  const all = [...older, ...newer];
  return all.length <= 2 * ENDS ? all : [...all.slice(0, ENDS), ...all.slice(-ENDS)];
}
