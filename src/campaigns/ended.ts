import type { Deps } from "../deps.ts";
import { DAY } from "../lib/clock.ts";
import * as store from "./store.ts";

/** Campaigns that were over longer than `keepDays` ago, drafts too; those that ended first. */
export async function overFor(deps: Deps, keepDays: number, limit: number): Promise<string[]> {
  const before = deps.clock.now() - keepDays * DAY;
  const ended = await store.endedBetween(deps, Number.MIN_SAFE_INTEGER, before, limit);
  return ended.map(({ slug }) => slug);
}

/** An hour of a week for each: nobody has more that end at once. */
const MOST = 100;

/** A campaign of which something is erased at `at`, ms. */
export interface Erasure {
  slug: string;
  at: number;
}

/**
 * Campaigns of which something kept for `keepDays` after their end is erased in `noticeDays`, or in up to
 * `windowDays` less.
 */
export async function erasedSoon(
  deps: Deps,
  keepDays: number,
  noticeDays: number,
  windowDays: number,
): Promise<Erasure[]> {
  const until = deps.clock.now() - (keepDays - noticeDays) * DAY;
  const ended = await store.endedBetween(deps, until - windowDays * DAY, until, MOST);
  return ended.map(({ slug, endedAt }) => ({ slug, at: endedAt + keepDays * DAY }));
}
