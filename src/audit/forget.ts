import type { Deps } from "../deps.ts";
import { DAY } from "../lib/clock.ts";
import { deleteAudit } from "./store.ts";

/** Once a night: deletes acts that are older than LOG_KEEP_DAYS. */
export async function forgetActs(deps: Deps): Promise<void> {
  await deleteAudit(deps, deps.clock.now() - deps.settings.LOG_KEEP_DAYS * DAY);
}
