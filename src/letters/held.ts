import type { Audit } from "../audit/statements.ts";
import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { notFound } from "../lib/problem.ts";
import { openLetter } from "./envelope.ts";
import { noticesOf } from "./mails.ts";
import { endLetters, findHeld, heldLetters, letGo } from "./store.ts";

const AT_ONCE = 50;

/** Letters that wait for a look: the letter without its signature and its writer's address. */
export async function listHeld(deps: Deps, campaign: Campaign) {
  const rows = await heldLetters(deps, campaign.slug, AT_ONCE);
  return Promise.all(
    rows.map(async ({ id, recipient, askedOn, sealed }) => {
      const letter = await openLetter(deps, id, sealed);
      const body = letter?.body.replaceAll(letter.name, "…") ?? null;
      return { id, recipient, askedOn, body };
    }),
  );
}

/** Sends a held letter on its way, or ends it and tells its writer. Throws `request.not_found` (404) where none is held. */
export async function decide(
  deps: Deps,
  by: string,
  campaign: Campaign,
  id: string,
  decision: "send" | "refuse",
): Promise<void> {
  const held = await findHeld(deps, campaign.slug, id);
  if (!held) throw notFound();
  const audit: Audit = { campaign: campaign.slug, by, act: `letter.${decision}`, after: { id } };
  if (decision === "send") return letGo(deps, id, audit);
  const letter = await openLetter(deps, id, held.sealed);
  const told = letter ? [{ mailId: held.mailId, letter, why: "refused" as const }] : [];
  await endLetters(deps, [{ id, state: "refused" }], await noticesOf(deps, told), audit);
}
