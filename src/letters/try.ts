import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";
import { mailStatements, wake } from "../mail/enqueue.ts";
import { testLetterMail } from "./mails.ts";
import { suggest } from "./suggest.ts";
import { freshSeed, writeLetters } from "./write.ts";

/**
 * Mails one of a campaign's letters to an owner's own address, as a supporter would get it. Nothing
 * is counted or kept. Gives the recipient's name, or null where there is nobody to write to.
 */
export async function tryLetter(
  deps: Deps,
  campaign: Campaign,
  email: string,
): Promise<string | null> {
  const seed = freshSeed(deps);
  const place = { country: "none", state: null };
  const recipients = await suggest(deps, campaign, place, 1, seed);
  const wish = { ...place, town: "", name: "", note: "", topics: [], locale: null };
  const [written] = await writeLetters(deps, campaign, recipients, wish, seed);
  if (!written) return null;
  const { recipient, letter } = written;
  const { subject, body } = letter;
  const envelope = { email, addressee: recipient.name, subject, body };
  const statements = await mailStatements(deps, testLetterMail, [{ envelope }]);
  await retryWrite(deps, () => deps.db.batch(statements));
  await wake(deps);
  return recipient.name;
}
