import { readCampaign } from "../campaigns/read.ts";
import { riskOf } from "../campaigns/risk.ts";
import { requireOpen } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { invalid, Problem } from "../lib/problem.ts";
import { writable } from "../recipients/lookup.ts";
import { verifiedSigner } from "../signatures/verified.ts";
import { marksOf, ownMark } from "./marks.ts";
import type { Say } from "./schema.ts";
import { noSession } from "./send.ts";
import { insertSay } from "./store.ts";

const ID_BYTES = 12;

/**
 * Counts that somebody with a verified session sent a letter, or what they were answered: each once for a
 * person and a recipient, the newest answer. Nothing of it is kept of somebody at risk. Throws
 * `letters.session` (401), `letters.at_risk` (403), `request.invalid` (422), `campaign.*`.
 */
export async function say(
  deps: Deps,
  slug: string,
  { recipient, what }: { recipient: string; what: Say },
  session: string | undefined,
): Promise<void> {
  const campaign = await readCampaign(deps, slug);
  requireOpen(campaign, deps.clock.now());
  const signer = await verifiedSigner(deps, campaign, session);
  if (!signer) throw noSession();
  const person = { countries: [signer.country], locales: [], careful: false };
  if (riskOf(campaign, person).atRisk) throw new Problem(403, "letters.at_risk");
  const there = await writable(deps, campaign, [recipient]);
  if (there.size === 0) throw invalid([{ path: "recipient", message: "recipients.unknown" }]);
  const mark = await marksOf(deps);
  const kind = what === "sent" ? "sent" : "answer";
  await insertSay(deps, {
    id: deps.random.bytes(ID_BYTES),
    own: await ownMark(mark, { campaign: slug, emailHash: signer.emailHash }),
    mark: await mark("say", slug, hex(signer.emailHash), recipient, kind),
    campaign: slug,
    recipient,
    what,
    day: dayOf(deps.clock.now()),
  });
}
