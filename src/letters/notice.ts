import type { Deps } from "../deps.ts";
import { mailsStatement } from "../mail/enqueue.ts";
import { stoppedLetterMail } from "./mails.ts";
import type { LetterEnvelope, StoppedEnvelope } from "./schema.ts";

/**
 * The mails that tell supporters why their letters were not sent; null where there is none. Each takes
 * the id that the letter's own mail would have had, so that it is queued once.
 */
export async function noticesOf(
  deps: Deps,
  ended: readonly { mailId: number; letter: LetterEnvelope; why: StoppedEnvelope["why"] }[],
): Promise<D1PreparedStatement | null> {
  if (ended.length === 0) return null;
  return mailsStatement(
    deps,
    stoppedLetterMail,
    ended.map(({ mailId, letter, why }) => {
      const { campaign, email, locale, recipientName } = letter;
      return { id: mailId, envelope: { campaign, email, locale, recipientName, why } };
    }),
  );
}
