import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { compose, type Tally } from "./rules.ts";
import { readFigures } from "./store.ts";

/** The public figures of a campaign: the same for everyone, organizers too. */
export async function readTally(deps: Deps, campaign: Campaign): Promise<Tally> {
  const now = deps.clock.now();
  const { total, ...published } = await readFigures(deps, campaign.slug);
  return compose({ total, goal: campaign.goal, today: dayOf(now), now }, published);
}
