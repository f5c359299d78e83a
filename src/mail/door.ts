import type { Audit, Told } from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import { wake } from "./enqueue.ts";
import { quotaOf, turnsOf } from "./limits.ts";
import { aheadOf, leavesOn, type Door, type Lane } from "./rules.ts";
import { readLoad, readWaiting, saveDoor } from "./store.ts";

/** So many waiting mails of a lane are counted; beyond that they are only many. */
export const MOST_COUNTED = 1_000;

/**
 * What waits at the door, by lane, up to MOST_COUNTED each; what it asks for; and when a mail leaves that
 * somebody with a proof of work, at a provider of whom none waits, asks for now: a day (UTC), null within minutes.
 */
export async function readDoor(deps: Deps): Promise<{
  waiting: Record<Lane, number>;
  door: Door;
  leavesOn: string | null;
}> {
  const { settings } = deps;
  const [load, { waiting, queues }] = await Promise.all([
    readLoad(deps),
    readWaiting(deps, MOST_COUNTED),
  ]);
  const before = aheadOf("proved", { own: 0, queues }, turnsOf(settings, load.door), load.waiting);
  return {
    waiting,
    door: load.door,
    leavesOn: leavesOn({ ...load, waiting: before }, quotaOf(settings), deps.clock.now()),
  };
}

/**
 * Sets what the door asks for, for every campaign, with the mails that `tell` gives. Nothing is written or
 * told where it asks for that already. Safe to repeat.
 */
export async function switchDoor(
  deps: Deps,
  by: string,
  door: Door,
  tell: (door: Door) => Promise<Told>,
): Promise<void> {
  const { door: before } = await readLoad(deps);
  const isSet = (["harder", "slower", "second"] as const).every(
    (name) => before[name] === door[name],
  );
  if (isSet) return;
  const told = await tell(door);
  const audit: Audit = { campaign: null, by, act: "door.switched", before, after: door, told };
  await saveDoor(deps, door, audit);
  await wake(deps);
}
