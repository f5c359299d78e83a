import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { retryWrite } from "../lib/retry.ts";
import { expiredLink } from "../lib/tokens.ts";
import { dueHour } from "../tallies/due.ts";
import { nothingSigned, readLink } from "./state.ts";
import { deleteSignature } from "./store.ts";

/** What other features delete of a signer (by the row's id), for the transaction that withdraws. */
export type AlsoDelete = (db: D1Database, signatureId: Bytes) => D1PreparedStatement[];

/**
 * Takes a signature back, out of the figures at a drawn hour. Whoever withdraws twice gets the same
 * answer, and the tally is lowered once. Where nothing was withdrawn, nothing else is said: throws `token.broken` (400),
 * `token.expired` (410), `token.nothing_signed` (409).
 */
export async function withdraw(
  deps: Deps,
  input: { token: string },
  alsoDelete: AlsoDelete,
): Promise<{ campaign: string }> {
  const link = await readLink(deps, input.token);
  switch (link.step) {
    case "signed": {
      const hour = dueHour(deps);
      await retryWrite(deps, () => {
        const { id } = link.signature;
        const when = { issuedBefore: deps.clock.now(), hour };
        return deleteSignature(deps, id, when, alsoDelete(deps.db, id));
      });
      return { campaign: link.campaign.slug };
    }
    case "withdrawn":
      return { campaign: link.campaign.slug };
    case "expired":
      throw expiredLink();
    case "ready":
    case "closed":
      throw nothingSigned();
    default:
      return link satisfies never;
  }
}
