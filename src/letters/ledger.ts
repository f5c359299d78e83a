import type { Campaign } from "../campaigns/rules.ts";
import { readCampaign } from "../campaigns/read.ts";
import type { Deps } from "../deps.ts";
import { DAY } from "../lib/clock.ts";
import { byCode } from "../lib/text.ts";
import { peopleOfBodies, whoWere } from "../recipients/lookup.ts";
import { fold, sortName } from "../recipients/rules.ts";
import { isTurnsBeginning } from "../tallies/rules.ts";
import type { Recipient } from "../recipients/schema.ts";
import { figuresOf, loadsOf, type Figures } from "./figures.ts";
import { countLetters, dueFigures, findFigures, saveFigures } from "./store.ts";

/**
 * Publishes the figures about letters, of each campaign at most once in TALLY_EVERY_MS; campaigns
 * that have none yet are looked for when a turn begins.
 */
export async function publishLetters(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const every = deps.settings.TALLY_EVERY_MS;
  const due = {
    before: now - every,
    endedBefore: now - deps.settings.LETTERS_KEEP_DAYS * DAY,
    fresh: isTurnsBeginning(now, every),
  };
  for (const slug of await dueFigures(deps, due)) {
    const campaign = await readCampaign(deps, slug);
    const rows = await countLetters(deps, slug);
    const people = await whoWere(deps, [...new Set(rows.map((row) => row.recipient))]);
    const figures = figuresOf(rows, people, campaign.firstBodies, deps.settings.LETTERS_STEP);
    await saveFigures(deps, slug, figures, loadsOf(rows), due.before);
  }
}

/** Letters so far, the same for everyone; null before they were first published. */
export async function readFigures(
  deps: Deps,
  campaign: Campaign,
): Promise<{ asOf: number; figures: Figures } | null> {
  return findFigures(deps, campaign.slug);
}

/** For organizers: by recipient what became of letters to them. */
export async function countByRecipient(deps: Deps, campaign: Campaign) {
  const rows = await countLetters(deps, campaign.slug);
  const people = await whoWere(deps, [...new Set(rows.map((row) => row.recipient))]);
  const by = new Map<string, Record<string, number>>();
  for (const { recipient, what, count } of rows) {
    by.set(recipient, { ...by.get(recipient), [what]: count });
  }
  return [...by]
    .map(([id, counts]) => {
      const name = people.get(id)?.name ?? null;
      return { order: fold(name ?? ""), row: { recipient: id, name, counts } };
    })
    .sort((a, b) => byCode(a.order, b.order))
    .map(({ row }) => row);
}

/**
 * For organizers: members of the campaign's first bodies to whom no letter went, by name. `counted`
 * is what `countByRecipient` gave.
 */
export async function hadNone(
  deps: Deps,
  campaign: Campaign,
  counted: Awaited<ReturnType<typeof countByRecipient>>,
): Promise<Recipient[]> {
  const rows = counted.flatMap(({ recipient, counts }) =>
    Object.entries(counts).map(([what, count]) => ({ recipient, what, count })),
  );
  const loads = loadsOf(rows);
  const people = await peopleOfBodies(deps, campaign);
  return people
    .filter((one) => !loads[one.id])
    .map((one) => ({ order: sortName(one), one }))
    .sort((a, b) => byCode(a.order, b.order))
    .map(({ one }) => one);
}
