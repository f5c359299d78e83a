import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";
import { expiredLink, nothingSigned, readLink } from "./state.ts";
import { deleteSignature } from "./store.ts";

/**
 * Takes a signature back. Whoever withdraws twice gets the same answer, and the tally is lowered
 * once. Where nothing was withdrawn, nothing else is said: throws `token.broken` (400),
 * `token.expired` (410), `token.nothing_signed` (409).
 */
export async function withdraw(
  deps: Deps,
  input: { token: string },
): Promise<{ campaign: string }> {
  const link = await readLink(deps, input.token);
  switch (link.step) {
    case "signed":
      await retryWrite(deps, () => deleteSignature(deps, link.signature.id, deps.clock.now()));
      return { campaign: link.campaign.slug };
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
