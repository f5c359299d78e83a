import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { peopleOf, peopleOfBodies } from "../recipients/lookup.ts";
import { bodyRank } from "../recipients/rules.ts";
import { parliamentFor } from "../recipients/parliaments/parliament.ts";
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
  const parliament = parliamentFor(deps.parliaments, place.country);
  if (parliament?.regions && place.state === null) return [];
  const people = place.country === "none" ? [] : await peopleOf(deps, campaign, place);
  // Whose of the shared offices is theirs, only they know: those of the region are there to choose from.
  const shared = parliament?.sharedOffices ?? [];
  const surely = people.filter((one) => !shared.includes(one.office));
  const own = surely.length > 0 ? order(surely) : people;
  if (own.length >= most || parliament?.writers === "constituents") return own.slice(0, most);
  const known = new Set(own.map((one) => one.id));
  const others = (await peopleOfBodies(deps, campaign)).filter((one) => !known.has(one.id));
  return [...own, ...order(others)].slice(0, most);
}
