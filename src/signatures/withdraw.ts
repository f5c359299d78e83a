import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";
import { readLink } from "./state.ts";
import { deleteSignature } from "./store.ts";

/**
 * Takes a signature back. Whoever withdraws twice gets the same answer, and the tally is lowered
 * once. Throws `token.broken` (400).
 */
export async function withdraw(
  deps: Deps,
  input: { token: string },
): Promise<{ campaign: string; locale: string }> {
  const link = await readLink(deps, input.token);
  if (link.step === "signed") {
    await retryWrite(deps, () => deleteSignature(deps, link.signature.id, deps.clock.now()));
    return { campaign: link.campaign.slug, locale: link.ask?.locale ?? "en" };
  }
  const ask = link.step === "ready" ? link.token.ask : link.ask;
  return { campaign: link.campaign.slug, locale: ask.locale };
}
