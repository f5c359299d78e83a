import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { peopleOf, peopleOfBodies } from "../recipients/lookup.ts";
import { bodyRank } from "../recipients/rules.ts";
import type { Recipient } from "../recipients/schema.ts";
import { seededBy } from "./rules.ts";
import { findLoads } from "./store.ts";

/** Members of the first body weigh this many times as much as somebody in none of them. */
const FIRST_WEIGHT = 4;

/**
 * Whom to write to, best first: one's own country or state, then members of the bodies that decide.
 * Within each, whoever has had fewest letters for the weight of their bodies; ties by the seed.
 */
export async function suggest(
  deps: Deps,
  campaign: Campaign,
  place: { country: string; state: string | null },
  most: number,
  seed: string,
): Promise<Recipient[]> {
  const loads = await findLoads(deps, campaign.slug);
  const order = (people: Recipient[]) => {
    const total = Math.max(1, campaign.firstBodies.length);
    return people
      .map((one) => {
        const rank = bodyRank(one, campaign.firstBodies) / total;
        const weight = 1 + (FIRST_WEIGHT - 1) * (1 - rank);
        const chance = seededBy(`${seed}|${one.id}`)();
        return { one, score: ((loads[one.id] ?? 0) + 1) / weight, chance };
      })
      .sort((a, b) => a.score - b.score || a.chance - b.chance)
      .map(({ one }) => one);
  };
  // Which representative is theirs, only they know: those of the state are there to choose from.
  if (place.country === "US") {
    if (place.state === null) return [];
    const people = await peopleOf(deps, campaign, place);
    const representatives = people.filter((one) => one.office === "representative");
    const others = people.filter((one) => one.office !== "representative");
    return others.length > 0 ? order(others).slice(0, most) : representatives.slice(0, most);
  }
  const own = place.country === "none" ? [] : order(await peopleOf(deps, campaign, place));
  if (own.length >= most) return own.slice(0, most);
  const known = new Set(own.map((one) => one.id));
  const others = (await peopleOfBodies(deps, campaign)).filter((one) => !known.has(one.id));
  return [...own, ...order(others)].slice(0, most);
}
