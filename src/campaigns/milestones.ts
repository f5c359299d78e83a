import type { Deps } from "../deps.ts";
import { reachedMilestones, saveMilestone } from "./store.ts";

/** Shares of the goal, in percent, that organizers are told of. */
const SHARES = [25, 50, 75, 100] as const;

/** Campaigns that came past a share which organizers were not told of yet; the highest one each. */
export async function reachedCampaigns(deps: Deps) {
  return reachedMilestones(deps, SHARES);
}

/** Notes that a share is told of, with the mails that tell it. */
export async function noteMilestone(
  deps: Deps,
  slug: string,
  share: number,
  mails: D1PreparedStatement[],
): Promise<void> {
  await saveMilestone(deps, slug, share, mails);
}
