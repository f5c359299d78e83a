import type { Deps } from "../deps.ts";
import { DEFAULT_LOCALE, isLocale } from "../ui/i18n.ts";

/** What claims say in a language, by their ids; the English stands in templates/measures.json. */
export type ClaimTexts = Readonly<Record<string, string>>;

const kept = new Map<string, ClaimTexts>();

/** Reads what claims say in a page's language. An isolate keeps it; no request waits for another's reading. */
export async function readClaimTexts(deps: Deps, locale: string): Promise<ClaimTexts> {
  if (locale === DEFAULT_LOCALE || !isLocale(locale)) return {};
  const known = kept.get(locale);
  if (known) return known;
  const answer = await deps.assets(`/assets/claims/${locale}.json`);
  if (!answer.ok) throw new Error(`claims.unreadable: ${answer.status}`);
  const texts = await answer.json<ClaimTexts>();
  kept.set(locale, texts);
  return texts;
}
