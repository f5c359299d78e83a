import type { Deps } from "../deps.ts";
import { hex, type Bytes } from "../lib/bytes.ts";
import { DAY, dayOf } from "../lib/clock.ts";
import { ownMark, marksOf, selfMark } from "./marks.ts";
import { forgetWriterOf } from "./statements.ts";

/** Letters to oneself wait a month at the most: while the month’s mails are used up. */
const SELF_DAYS = 31;

/**
 * What of letters goes with a signer, for the batch of `withdraw` or of a press that is careful or at risk:
 * letters that have not left, those to oneself too, and every mark by which one that has, or a press, could
 * be told to be theirs. The same statements for every address.
 */
export async function forgetWriter(
  deps: Deps,
  signer: { campaign: string; emailHash: Bytes },
): Promise<D1PreparedStatement[]> {
  const mark = await marksOf(deps);
  const now = deps.clock.now();
  const days = Array.from({ length: SELF_DAYS }, (_, ago) => dayOf(now - ago * DAY));
  const places = await Promise.all(
    days.map(async (day) => ({ day, key: hex(await selfMark(mark, day, signer.emailHash)) })),
  );
  return forgetWriterOf(deps.db, signer, await ownMark(mark, signer), places);
}
