import { auditId, type Audit, type Told } from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import { DAY, HOUR, dayOf } from "../lib/clock.ts";
import { startOf } from "../tallies/rules.ts";
import {
  oddDomains,
  OTHER_DOMAINS,
  surgesIn,
  withoutCleared,
  type Picked,
  type Surge,
} from "./rules.ts";
import {
  busyCampaigns,
  endedQuarantines,
  findDomains,
  findDomainsBefore,
  findHolds,
  findHours,
  insertHold,
  releaseHold,
  type Hold,
} from "./store.ts";

/** Who acts in the log where nobody pressed anything. */
const BY_SCHEDULE = "schedule";
/** Whatever ends later than this. */
const ANY_TIME = -1;

/** Tells owners of a quarantine with this id, in the batch that begins it. */
type TellOfQuarantine = (deps: Deps, campaign: string, id: string) => Promise<Told>;

/**
 * Looks at the hour under way and the one before in the campaign that is at this place among those with
 * most signatures in them, and holds what came far above what was expected, for QUARANTINE_MS. A day
 * is the finest that a signature has: of the day, all that have the value are held.
 */
export async function holdSurges(deps: Deps, place: number, tell: TellOfQuarantine): Promise<void> {
  const { settings } = deps;
  const now = deps.clock.now();
  const from = startOf(now, HOUR) - HOUR;
  const busy = (await busyCampaigns(deps, from)).toSorted((a, b) => b.count - a.count);
  const campaign = busy[place]?.campaign;
  if (campaign === undefined) return;
  const hours = settings.TRAITS_KEEP_DAYS * (DAY / HOUR);
  const holds = await findHolds(deps, campaign, {
    since: now - settings.TRAITS_KEEP_DAYS * DAY,
    most: hours * settings.QUARANTINES_PER_RUN + settings.HOLDS_SHOWN,
  });
  const of = (counts: boolean) =>
    holds.filter(({ state }) => (state === "counted") === counts).map(({ picked }) => picked);
  const surges = (await findSurges(deps, campaign, { from, held: of(false) }))
    .map((surge) => withoutCleared(surge, of(true)))
    .filter((surge) => surge !== null)
    .toSorted((a, b) => b.count / (b.expected + 1) - a.count / (a.expected + 1));
  for (const { picked } of surges.slice(0, settings.QUARANTINES_PER_RUN)) {
    await quarantine(deps, campaign, picked, { holds, tell });
  }
}

/** Begins a quarantine, or adds to one of the same group and day, which ends when it would have. */
async function quarantine(
  deps: Deps,
  campaign: string,
  picked: Picked,
  { holds, tell }: { holds: readonly Hold[]; tell: TellOfQuarantine },
): Promise<void> {
  const { settings } = deps;
  const now = deps.clock.now();
  const name = nameOf(campaign, picked);
  const alike = holds.filter(({ id }) => id.startsWith(`${name}|`));
  const open = alike.find(({ state }) => state === "quarantined");
  const id = open?.id ?? `${name}|${alike.length}`;
  const group = open ? together(open.picked, picked) : picked;
  const hold = {
    id,
    campaign,
    state: "quarantined",
    why: "surge",
    picked: group,
    begunAt: now,
    endsAt: now + settings.QUARANTINE_MS,
  } as const;
  const told = await tell(deps, campaign, id);
  const act = "signatures.quarantined";
  const audit: Audit = { campaign, by: BY_SCHEDULE, act, after: group, told };
  await insertHold(deps, hold, open ? 1 : settings.GROUP_LEAST, audit);
}

/** Domains of a day are held together, however many they are. */
function nameOf(campaign: string, { providers, ...picked }: Picked): string {
  const [provider] = providers ?? [];
  const isDomain = provider?.startsWith(OTHER_DOMAINS) && provider !== OTHER_DOMAINS;
  const own = provider === undefined ? [] : ["provider", isDomain ? "domains" : provider];
  return [campaign, ...Object.entries(picked).flat(), ...own].join("|");
}

function together(one: Picked, other: Picked): Picked {
  if (!one.providers || !other.providers) return one;
  return { ...one, providers: [...new Set([...one.providers, ...other.providers])] };
}

/** Surges of the hours from `from` on by trait, and of their days by domain. */
async function findSurges(
  deps: Deps,
  campaign: string,
  { from, held }: { from: number; held: readonly Picked[] },
): Promise<Surge[]> {
  const { settings } = deps;
  const surges = surgesIn(await findHours(deps, campaign), { from, held, settings });
  for (const day of new Set([dayOf(from), dayOf(deps.clock.now())])) {
    const odd = await findOddDomains(deps, campaign, day);
    if (odd.length === 0) continue;
    const count = odd.reduce((sum, one) => sum + one.count, 0);
    const providers = odd.map(({ provider }) => provider);
    surges.push({ picked: { day, providers }, count, expected: 0 });
  }
  return surges;
}

async function findOddDomains(deps: Deps, campaign: string, day: string) {
  const { settings } = deps;
  const today = (await findDomains(deps, campaign, day)).map((row) => ({ ...row, before: 0 }));
  const odd = oddDomains(today, settings);
  if (odd.length === 0) return [];
  const names = odd.map(({ provider }) => provider);
  const before = await findDomainsBefore(deps, campaign, day, names);
  return oddDomains(
    today.map((row) => ({ ...row, before: before.get(row.provider) ?? 0 })),
    settings,
  );
}

/** Once an hour: lets signatures count whose quarantine is over; no owner has taken them out. */
export async function endQuarantines(deps: Deps): Promise<void> {
  const { settings } = deps;
  const now = deps.clock.now();
  for (const { id, campaign } of await endedQuarantines(
    deps,
    now,
    2 * settings.QUARANTINES_PER_RUN,
  )) {
    const told = { id: auditId(deps), mails: [] };
    const act = "signatures.counted";
    const audit = { campaign, by: BY_SCHEDULE, act, after: { id }, told } as const;
    await releaseHold(deps, { id, campaign, state: "quarantined" }, ANY_TIME, audit);
  }
}
