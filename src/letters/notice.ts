import type { Deps } from "../deps.ts";
import { mailStatement } from "../mail/enqueue.ts";
import { PRIORITY } from "../mail/rules.ts";
import type { LetterEnvelope, StoppedEnvelope } from "./schema.ts";

/**
 * The mail that tells a supporter why their letter was not sent. It takes the id that the letter's
 * own mail would have had, so that it is queued once however often the letter is ended.
 */
export function noticeOf(
  deps: Deps,
  mailId: number,
  { campaign, email, locale, recipientName }: LetterEnvelope,
  why: StoppedEnvelope["why"],
): Promise<D1PreparedStatement> {
  const envelope: StoppedEnvelope = { campaign, email, locale, recipientName, why };
  return mailStatement(deps, {
    id: mailId,
    kind: "letter-stopped",
    priority: PRIORITY.letter,
    envelope,
  });
}
