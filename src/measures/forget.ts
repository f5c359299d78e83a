import type { Deps } from "../deps.ts";
import { DAY, dayOf } from "../lib/clock.ts";
import * as store from "./store.ts";

/** Once a night: forgets who checked a claim CHECKS_KEEP_DAYS ago; no letter rests on that any more. */
export async function forgetChecks(deps: Deps): Promise<void> {
  const { CHECKS_KEEP_DAYS } = deps.settings;
  await store.forgetChecks(deps, dayOf(deps.clock.now() - CHECKS_KEEP_DAYS * DAY));
}
