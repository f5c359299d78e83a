import type { Deps } from "../deps.ts";
import { log } from "../lib/log.ts";
import { suppress } from "./rules.ts";
import {
  countsByCountry,
  countsByDay,
  duePublications,
  recountAll,
  savePublication,
} from "./store.ts";

/** Publishes figures by country and day where the last ones are TALLY_EVERY_MS old. */
export async function publishTallies(deps: Deps): Promise<void> {
  const before = deps.clock.now() - deps.settings.TALLY_EVERY_MS;
  for (const campaign of await duePublications(deps, before)) {
    const byCountry = suppress(await countsByCountry(deps, campaign), deps.settings.TALLY_STEP);
    const daily = await countsByDay(deps, campaign);
    await savePublication(deps, campaign, { byCountry, daily }, before);
  }
}

/** Compares counters with rows and reports, in the log, each campaign in which they differ. */
export async function recount(deps: Deps): Promise<string[]> {
  const wrong = (await recountAll(deps)).filter(
    ({ total, tallied, rows }) => total !== rows || tallied !== rows,
  );
  for (const { rows, total } of wrong) {
    log("error", { code: "tally.differs", count: total - rows });
  }
  return wrong.map(({ campaign }) => campaign);
}
