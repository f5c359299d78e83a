import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { publicTally, type Counted, type Tally } from "./rules.ts";
import { findSnapshot } from "./store.ts";

/** The public figures of a campaign: the same for everyone, organizers too. */
export async function readTally(deps: Deps, campaign: Campaign): Promise<Tally> {
  const snapshot = await findSnapshot(deps, campaign.slug);
  return publicTally(snapshot, campaign.goal, deps.clock.now());
}

/** The same, with how many came through each listed source, for those who run the campaign. */
export async function readTallyWithSources(
  deps: Deps,
  campaign: Campaign,
): Promise<{ tally: Tally; sources: Counted[] }> {
  const snapshot = await findSnapshot(deps, campaign.slug);
  return {
    tally: publicTally(snapshot, campaign.goal, deps.clock.now()),
    sources: snapshot?.sources ?? [],
  };
}
