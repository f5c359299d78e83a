import type { Deps } from "../deps.ts";
import { forgetBurned } from "./store.ts";

/** Forgets withdrawals that no living link can be older than. */
export async function forgetOldLinks(deps: Deps): Promise<void> {
  await forgetBurned(deps, deps.clock.now() - deps.settings.TOKEN_MS);
}
