import type { Told } from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { invalid, Problem } from "../lib/problem.ts";
import { roundDown } from "../tallies/rules.ts";
import { providerOf } from "./provider.ts";
import { OTHER_DOMAINS, type Picked, type Reason } from "./rules.ts";
import type { PickedInput } from "./schema.ts";
import { countGroup, insertHold, releaseHold, takeOutHold } from "./store.ts";

const ID_BYTES = 12;
const ANY_TIME = -1;

/** Who takes a group out, why, and who is told. */
export interface Taking {
  by: string;
  reason: Reason;
  /** For the log alone. */
  note: string;
  told: Told;
}

/**
 * The group that a form means; a domain that somebody typed is one of its providers. Throws
 * `request.invalid` (422) where nothing is chosen.
 */
export async function pickedFrom(
  deps: Deps,
  campaign: string,
  { domain, ...picked }: PickedInput,
): Promise<Picked> {
  const typed = domain ? [await providerOf(deps, campaign, `@${domain}`)] : [];
  const providers = [...new Set([...(picked.providers ?? []), ...typed])];
  const group: Picked = { ...picked, providers: providers.length > 0 ? providers : undefined };
  if (Object.values(group).every((value) => value === undefined)) {
    throw invalid([{ path: "day", message: "group.none" }]);
  }
  return group;
}

/**
 * How many signatures a group had in days that are over, in steps; null where they are too few, or one of
 * its providers alone is: a group below GROUP_LEAST cannot be picked out, nor told from another one.
 */
export async function countPicked(
  deps: Deps,
  campaign: string,
  picked: Picked,
): Promise<number | null> {
  const { GROUP_LEAST, TALLY_TOTAL_STEP } = deps.settings;
  const rows = await countGroup(deps, campaign, picked);
  const sum = (some: readonly { count: number }[]) => some.reduce((all, row) => all + row.count, 0);
  const hasFew = (picked.providers ?? []).some((one) => {
    const of = rows.filter(
      ({ provider }) => provider === one || (one === OTHER_DOMAINS && provider.startsWith(one)),
    );
    return sum(of) < GROUP_LEAST;
  });
  const count = sum(rows);
  return hasFew || count < GROUP_LEAST ? null : roundDown(count, TALLY_TOTAL_STEP);
}

/** Takes a group out of what counts, for BRING_BACK_MS to be undone. Throws `integrity.too_few` (409). */
export async function takeOut(
  deps: Deps,
  campaign: string,
  picked: Picked,
  { by, reason, note, told }: Taking,
): Promise<void> {
  const { settings } = deps;
  const now = deps.clock.now();
  const shown = await countPicked(deps, campaign, picked);
  if (shown === null) throw tooFew();
  const hold = {
    id: hex(deps.random.bytes(ID_BYTES)),
    campaign,
    state: "taken_out",
    why: reason,
    picked,
    begunAt: now,
    endsAt: now + settings.BRING_BACK_MS,
    shown,
  } as const;
  const after = { id: hold.id, picked, reason, note };
  const audit = { campaign, by, act: "signatures.taken_out", after, told } as const;
  if ((await insertHold(deps, hold, settings.GROUP_LEAST, audit)) === 0) throw tooFew();
}

const tooFew = () => new Problem(409, "integrity.too_few");
const over = () => new Problem(409, "integrity.over");

/** Brings back what was taken out while it can be. Throws `integrity.over` (409). */
export async function bringBack(
  deps: Deps,
  campaign: string,
  id: string,
  { by, told }: Pick<Taking, "by" | "told">,
): Promise<void> {
  const audit = { campaign, by, act: "signatures.brought_back", after: { id }, told } as const;
  const hold = { id, campaign, state: "taken_out" } as const;
  if (!(await releaseHold(deps, hold, deps.clock.now(), audit))) throw over();
}

/** Says of a quarantined group that it counts. Throws `integrity.over` (409). */
export async function letCount(
  deps: Deps,
  campaign: string,
  id: string,
  { by, told }: Pick<Taking, "by" | "told">,
): Promise<void> {
  const audit = { campaign, by, act: "signatures.counted", after: { id }, told } as const;
  const hold = { id, campaign, state: "quarantined" } as const;
  if (!(await releaseHold(deps, hold, ANY_TIME, audit))) throw over();
}

/** Takes a quarantined group out. Throws `integrity.over` (409). */
export async function takeOutQuarantined(
  deps: Deps,
  campaign: string,
  id: string,
  { by, reason, note, told }: Taking,
): Promise<void> {
  const after = { id, reason, note };
  const audit = { campaign, by, act: "signatures.taken_out", after, told } as const;
  const endsAt = deps.clock.now() + deps.settings.BRING_BACK_MS;
  if (!(await takeOutHold(deps, { id, campaign, why: reason, endsAt }, audit))) throw over();
}
