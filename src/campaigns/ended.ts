import type { Deps } from "../deps.ts";
import type { Settings } from "../env.ts";
import { DAY, HOUR } from "../lib/clock.ts";
import type { ErasureAbout } from "./statements.ts";
import * as store from "./store.ts";

const KEPT_FOR: Record<ErasureAbout, (settings: Settings) => number> = {
  "erasure-sealed": (settings) => settings.SEALED_KEEP_DAYS,
  "erasure-hashes": (settings) => settings.HASHES_KEEP_DAYS,
  "erasure-campaign": (settings) => settings.CAMPAIGN_KEEP_DAYS,
};

/** Campaigns that were over for CAMPAIGN_KEEP_DAYS, drafts too, and whose owners were told; those that ended first. */
export async function overForGood(deps: Deps, limit: number): Promise<string[]> {
  const { endedBefore, toldBefore } = erasedNow(deps, "erasure-campaign");
  return store.overForGood(deps, endedBefore, toldBefore, limit);
}

/** What is erased at this moment: of campaigns that ended before, and whose owners were told before. Both ms. */
export function erasedNow(
  { clock, settings }: Deps,
  about: ErasureAbout,
): { endedBefore: number; toldBefore: number } {
  const now = clock.now();
  return {
    endedBefore: now - KEPT_FOR[about](settings) * DAY,
    toldBefore: now - settings.ERASURE_LAST_NOTICE_DAYS * DAY,
  };
}

/** Nobody has more campaigns that end at once. */
const MOST = 100;
/** So much earlier the last notice goes out than it has to: the job that sends it comes once an hour. */
const EARLY_MS = 2 * HOUR;

/** A campaign of which something is erased at `at`, ms, and whether this is the last time that owners are told. */
export interface Erasure {
  slug: string;
  endedAt: number;
  at: number;
  last: boolean;
}

/**
 * Campaigns whose owners have to be told now what will be erased: ERASURE_FIRST_NOTICE_DAYS before, and for
 * the last time ERASURE_LAST_NOTICE_DAYS before. Who could not be told in time has as many days from now.
 */
export async function toTell(deps: Deps, about: ErasureAbout): Promise<Erasure[]> {
  const { settings } = deps;
  const now = deps.clock.now();
  const keptMs = KEPT_FOR[about](settings) * DAY;
  const lastMs = settings.ERASURE_LAST_NOTICE_DAYS * DAY;
  const firstMs = Math.max(lastMs, settings.ERASURE_FIRST_NOTICE_DAYS * DAY);
  const lastFrom = now + lastMs + EARLY_MS - keptMs;
  const ended = await store.endedUntold(deps, about, now + firstMs - keptMs, lastFrom, MOST);
  return ended.map(({ slug, endedAt }) => ({
    slug,
    endedAt,
    at: Math.max(endedAt + keptMs, now + lastMs),
    last: endedAt <= lastFrom,
  }));
}
