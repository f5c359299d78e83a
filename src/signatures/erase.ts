import { erasedNow } from "../campaigns/ended.ts";
import type { Deps } from "../deps.ts";
import * as store from "./store.ts";

/**
 * Once an hour: erases what is sealed to organizers SEALED_KEEP_DAYS after their campaign's end, a part at a
 * time, and not before they were told.
 */
export async function eraseSealed(deps: Deps): Promise<void> {
  const now = erasedNow(deps, "erasure-sealed");
  await store.eraseSealed(deps, now, deps.settings.ERASED_PER_RUN);
}

/** Of these campaigns, those of which something is sealed to organizers. */
export async function holdingSealed(deps: Deps, slugs: readonly string[]): Promise<Set<string>> {
  return new Set(slugs.length === 0 ? [] : await store.holdingSealed(deps, slugs));
}

/** Deletes a part of the signatures of a campaign that was over at that moment (ms). True once none is left. */
export async function eraseSignatures(
  deps: Deps,
  campaign: string,
  endedBefore: number,
): Promise<boolean> {
  const most = deps.settings.ERASED_PER_RUN;
  return (await store.deleteSignatures(deps, campaign, endedBefore, most)) < most;
}
