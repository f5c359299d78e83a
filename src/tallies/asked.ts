import type { Deps } from "../deps.ts";
import { roundDown, type DayCount } from "./rules.ts";
import { findAsked } from "./store.ts";

/** How many mails were asked for: in all, and by day in steps. */
export async function readAsked(
  deps: Deps,
  campaign: string,
): Promise<{ total: number; daily: DayCount[] }> {
  const step = deps.settings.TALLY_STEP;
  const daily = await findAsked(deps, campaign);
  return {
    total: daily.reduce((sum, row) => sum + row.count, 0),
    daily: daily.map((row) => ({ ...row, count: roundDown(row.count, step) })),
  };
}
