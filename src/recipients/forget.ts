import type { Deps } from "../deps.ts";
import { DAY, dayOf } from "../lib/clock.ts";
import { deleteLeft } from "./store.ts";

/** Once a night: deletes people whom their source has not listed for LEFT_KEEP_DAYS. */
export async function forgetLeft(deps: Deps): Promise<void> {
  await deleteLeft(deps, dayOf(deps.clock.now() - deps.settings.LEFT_KEEP_DAYS * DAY));
}
