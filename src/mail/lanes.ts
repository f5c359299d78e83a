import type { Deps } from "../deps.ts";
import type { Settings } from "../env.ts";
import { DAY, dayOf, startOfDay } from "../lib/clock.ts";
import { Problem } from "../lib/problem.ts";
import { largeProvider } from "../lib/providers.ts";
import { scopeOf } from "./brake.ts";
import { quotaOf, turnsOf } from "./limits.ts";
import { aheadOf, leavesOn, queueOf, type Ahead, type Lane, type Load } from "./rules.ts";
import {
  selectAhead,
  selectLoad,
  toAhead,
  toLoad,
  type RawAhead,
  type RawLoad,
} from "./statements.ts";

/** Domains of no large provider share so many classes: however many an attacker has, they are no more. */
const CLASSES_OF_OTHERS = 64;
const FIRST_OF_OTHERS = 100;

/**
 * The class of providers that an address is of: a large one by itself, every other domain by its keyed
 * hash in one of CLASSES_OF_OTHERS. From 1.
 */
export async function classOf(deps: Deps, address: string): Promise<number> {
  const large = largeProvider(address);
  if (large !== null) return large + 1;
  const scope = await scopeOf(deps, address);
  return FIRST_OF_OTHERS + (Number.parseInt(scope.slice(0, 8), 16) % CLASSES_OF_OTHERS);
}

interface Look {
  ahead: Ahead;
  load: Load;
  until: number;
}

/** What an isolate knows of what waits, by queue, for LANE_LOOK_MS. Values alone. */
const known = new WeakMap<Settings, Map<number, Look>>();

/** Where an ask that is about to be taken would stand. */
export interface Place {
  /** The statement whose row `loadFor` wants, for the batch that takes the ask; none where it is known. */
  looks: D1PreparedStatement[];
  /** The load as it is for this ask, with no more waiting than leave before it. */
  loadFor(load: Load, looked: RawAhead | undefined): Load;
}

/**
 * The place of an ask, the same for every address of a class of providers, by what the isolate knows;
 * where it knows nothing, by what the ask's own batch reads. Throws `mail.full` (503) where it would
 * leave later than LANE_FULL_MS from now; then nothing is written.
 */
export async function findPlace(deps: Deps, lane: Lane, address: string): Promise<Place> {
  const { settings } = deps;
  const now = deps.clock.now();
  const queue = queueOf(lane, await classOf(deps, address));
  let mine = known.get(settings);
  if (!mine) known.set(settings, (mine = new Map()));

  // A day more than a lane may have: beyond that it is full, however many there are.
  const most = Math.ceil((quotaOf(settings).perDay * (settings.LANE_FULL_MS + DAY)) / DAY) + 1;
  const ask = () => selectAhead(deps.db, queue, most);
  const loadFor = ({ ahead }: Look, load: Load): Load => ({
    ...load,
    waiting: aheadOf(lane, ahead, turnsOf(settings, load.door), load.waiting),
  });
  const fullUntil = (look: Look): string | null => {
    const day = leavesOn(loadFor(look, look.load), quotaOf(settings), now);
    return day !== null && startOfDay(day) > now + settings.LANE_FULL_MS ? day : null;
  };
  const learn = (ahead: Ahead, load: Load): Look => {
    const fresh = { ahead, load, until: now + settings.LANE_LOOK_MS };
    mine.set(queue, fresh);
    return fresh;
  };

  let look = mine.get(queue);
  if (look && now >= look.until) {
    // One that was full is looked at before anything is written.
    look = fullUntil(look) === null ? undefined : await lookNow(deps, ask(), learn);
  }
  if (!look) {
    return {
      looks: [ask()],
      loadFor: (load, looked) => loadFor(learn(toAhead(looked!), load), load),
    };
  }
  const date = fullUntil(look);
  if (date !== null) throw new Problem(503, "mail.full", { values: { date } });
  const taken = look;
  return {
    looks: [],
    loadFor: (load) => {
      const before = loadFor(taken, load);
      // Those of the next seconds stand behind this one.
      taken.ahead.own += 1;
      taken.load = { ...load, waiting: load.waiting + 1 };
      return before;
    },
  };
}

async function lookNow(
  deps: Deps,
  ask: D1PreparedStatement,
  learn: (ahead: Ahead, load: Load) => Look,
): Promise<Look> {
  const [ahead, load] = await deps.db.batch<RawAhead | RawLoad>([
    ask,
    selectLoad(deps.db, deps.clock.now()),
  ]);
  return learn(toAhead(ahead!.results[0] as RawAhead), toLoad(load!.results[0] as RawLoad));
}

const loads = new WeakMap<Settings, { load: Load; at: number }>();

/** How much is used and waits, as the isolate read it at most so long ago (ms). A value, and nothing under way. */
export async function recentLoad({ db, settings, clock }: Deps, ageMs: number): Promise<Load> {
  const now = clock.now();
  const kept = loads.get(settings);
  if (kept && now < kept.at + ageMs) return kept.load;
  const load = toLoad((await selectLoad(db, now).first<RawLoad>())!);
  loads.set(settings, { load, at: now });
  return load;
}

/** When a mail leaves that somebody asks for now: UTC days. */
export interface Leaving {
  /** Where nothing waits at the class of their provider. */
  from: string;
  /** Where most of what waits does. */
  to: string;
  /** Whether it would be later than an ask is taken for: `from` is that day. */
  isFull: boolean;
}

const outlooks = new WeakMap<Settings, { leaving: Leaving | null; until: number }>();

/**
 * When a mail leaves that is asked for now with a proof of work, for a page on which nobody has said yet
 * where they have their mailbox; null where it leaves today but for those with a heap before them. Known in the isolate for LANE_LOOK_MS.
 */
export async function wouldLeave(deps: Deps): Promise<Leaving | null> {
  const { settings } = deps;
  const now = deps.clock.now();
  const kept = outlooks.get(settings);
  if (kept && now < kept.until) return kept.leaving;
  const leaving = await lookOut(deps);
  outlooks.set(settings, { leaving, until: now + settings.LANE_LOOK_MS });
  return leaving;
}

async function lookOut(deps: Deps): Promise<Leaving | null> {
  const { settings } = deps;
  const now = deps.clock.now();
  const quota = quotaOf(settings);
  const load = await recentLoad(deps, settings.LANE_LOOK_MS);
  const last = leavesOn(load, quota, now);
  if (last === null) return null;
  // No queue has this number: nothing waits in it.
  const ahead = toAhead((await selectAhead(deps.db, 0, 0).first<RawAhead>())!);
  const waiting = aheadOf("proved", ahead, turnsOf(settings, load.door), load.waiting);
  const from = leavesOn({ ...load, waiting }, quota, now);
  if (from === null) return null;
  const latest = dayOf(now + settings.LANE_FULL_MS);
  return { from, to: from > latest || last < latest ? last : latest, isFull: from > latest };
}
