import type { Deps } from "../deps.ts";
import { NEWEST_EMAIL_RULES, canonicalEmail } from "../lib/email.ts";
import { mac } from "../lib/sealing.ts";
import { loadTexts, wordList } from "../ui/i18n.ts";

/**
 * Two words that page and mail share, so that a mail from a stranger can be told from phishing. The
 * same for each ask of one address, because several asks become one mail.
 */
export async function matchingWords(
  deps: Deps,
  campaign: string,
  email: string,
  locale: string,
): Promise<string> {
  const hash = await mac(
    await deps.keys.hmac("words"),
    `${campaign}|${canonicalEmail(email, NEWEST_EMAIL_RULES)}`,
  );
  await loadTexts(deps, locale);
  const words = wordList(locale);
  return `${words[hash[0]! % words.length]!} ${words[hash[1]! % words.length]!}`;
}
