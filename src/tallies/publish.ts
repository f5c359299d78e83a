import type { Deps } from "../deps.ts";
import { log } from "../lib/log.ts";
import { isTurnsBeginning, nextSnapshot, startOf } from "./rules.ts";
import {
  dueSnapshots,
  enterTallies,
  insertSnapshot,
  recountAll,
  replaceSnapshot,
} from "./store.ts";

/**
 * Publishes the figures of the campaigns whose turn it is. Campaigns that have none yet are looked for
 * when a turn begins only: until then they read as nobody.
 */
export async function publishTallies(deps: Deps): Promise<void> {
  const { settings } = deps;
  const now = deps.clock.now();
  const due = await dueSnapshots(deps, {
    turn: startOf(now, settings.TALLY_EVERY_MS),
    exactTurn: startOf(now, settings.TALLY_EXACT_EVERY_MS),
    fresh: isTurnsBeginning(now, settings.TALLY_EVERY_MS),
  });
  for (const { campaign, atRisk, snapshot } of due) {
    if (!snapshot) {
      await insertSnapshot(deps, campaign);
      continue;
    }
    const counters = await enterTallies(deps, campaign, now);
    await replaceSnapshot(
      deps,
      campaign,
      snapshot,
      nextSnapshot(snapshot, counters, { now, atRisk, settings }),
    );
  }
}

/** Compares counters with rows and reports, in the log, each campaign in which they differ. */
export async function recount(deps: Deps): Promise<string[]> {
  const wrong = (await recountAll(deps)).filter(({ counted, rows }) => counted !== rows);
  for (const { counted, rows } of wrong) {
    log("error", { code: "tally.differs", count: counted - rows });
  }
  return wrong.map(({ campaign }) => campaign);
}
