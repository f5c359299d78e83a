import { readCampaign } from "../campaigns/read.ts";
import type { Deps } from "../deps.ts";
import { base64url, fromBase64url } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { invalid } from "../lib/problem.ts";
import { writable } from "../recipients/lookup.ts";
import type { Say } from "./schema.ts";
import { insertSay } from "./store.ts";

const ID_BYTES = 12;

/**
 * Counts that somebody sent a letter, or what they were answered; once for each `id` (base64url),
 * and nothing about who it was. Throws `request.invalid` (422), `campaign.not_found` (404).
 */
export async function say(
  deps: Deps,
  slug: string,
  input: { id: string; recipient: string; what: Say },
): Promise<void> {
  const campaign = await readCampaign(deps, slug);
  const id = fromBase64url(input.id);
  if (id?.length !== ID_BYTES) throw invalid([{ path: "id", message: "value.invalid" }]);
  const there = await writable(deps, campaign, [input.recipient]);
  if (there.size === 0) throw invalid([{ path: "recipient", message: "recipients.unknown" }]);
  const { recipient, what } = input;
  await insertSay(deps, { id, campaign: slug, recipient, what, day: dayOf(deps.clock.now()) });
}

/** An id for one press. */
export function sayId(deps: Deps): string {
  return base64url(deps.random.bytes(ID_BYTES));
}
