import type { Deps } from "../deps.ts";
import type { DayCount } from "./rules.ts";
import { findAsked, findSources } from "./store.ts";

/** How many mails were asked for by day, and what came through each listed source; in steps. */
export async function readAsked(
  deps: Deps,
  campaign: string,
): Promise<{ total: number; daily: DayCount[]; sources: { ref: string; count: number }[] }> {
  const step = deps.settings.TALLY_STEP;
  const inSteps = <T extends { count: number }>(row: T): T => ({
    ...row,
    count: row.count - (row.count % step),
  });
  const daily = await findAsked(deps, campaign);
  return {
    total: daily.reduce((sum, row) => sum + row.count, 0),
    daily: daily.map(inSteps),
    sources: (await findSources(deps, campaign)).map(inSteps),
  };
}
