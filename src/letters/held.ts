import type { Audit } from "../audit/statements.ts";
import { readText } from "../campaigns/read.ts";
import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { notFound } from "../lib/problem.ts";
import { openLetter } from "./envelope.ts";
import { noticesOf } from "./mails.ts";
import { isHeld, senderName } from "./rules.ts";
import { findHeld, heldLetters, letGo, refuseLetter } from "./store.ts";

const AT_ONCE = 50;

/**
 * Letters that wait for a look: sender, subject and text exactly as they would leave, and nothing of the
 * writer's address. `leavesOn` is the turn of one that goes by itself, or null.
 */
export async function listHeld(deps: Deps, campaign: Campaign) {
  const rows = await heldLetters(deps, campaign.slug, AT_ONCE);
  if (rows.length === 0) return [];
  const { title } = await readText(deps, campaign, "en");
  return Promise.all(
    rows.map(async ({ id, recipient, askedOn, day, look, sealed }) => {
      const letter = await openLetter(deps, id, sealed);
      return {
        id,
        recipient,
        recipientName: letter?.recipientName ?? null,
        askedOn,
        why: look,
        leavesOn: isHeld(look) ? null : day,
        sender: letter && senderName(letter.name, title),
        subject: letter?.subject ?? null,
        body: letter?.body ?? null,
      };
    }),
  );
}

/**
 * Sends a letter on its way that waits for a look and knows its writer from then on, or ends it, tells its writer and holds all
 * others of theirs that nobody has looked at. Throws `request.not_found` (404) where none waits for that.
 */
export async function decide(
  deps: Deps,
  by: string,
  campaign: Campaign,
  id: string,
  decision: "send" | "refuse",
): Promise<void> {
  const held = await findHeld(deps, campaign.slug, id);
  if (!held) throw notFound();
  const today = dayOf(deps.clock.now());
  const audit: Audit = { campaign: campaign.slug, by, act: `letter.${decision}`, after: { id } };
  if (decision === "send") return letGo(deps, id, today, audit);
  const letter = await openLetter(deps, id, held.sealed);
  const told = letter ? [{ mailId: held.mailId, letter, why: "refused" as const }] : [];
  await refuseLetter(deps, id, today, await noticesOf(deps, told), audit);
}
