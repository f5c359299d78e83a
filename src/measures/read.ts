import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import {
  cellsOf,
  claimsOf,
  daysApart,
  diamondGapDays,
  entriesOf,
  gapsOf,
  inStep,
  MEASURES,
  stands,
  textOf,
  type Cell,
  type Claim,
  type LongestAge,
} from "./rules.ts";
import type { Status } from "./schema.ts";
import { findRecorded } from "./store.ts";

function longestAge({ settings }: Deps): LongestAge {
  const { CHECK_DAYS_A: A, CHECK_DAYS_B: B, CHECK_DAYS_C: C } = settings;
  return { A, B, C };
}

/** All claims that letters may rest on, each with its newest check. */
export async function readClaims(deps: Deps): Promise<Map<string, Claim>> {
  const recorded = await findRecorded(deps, deps.settings.CHANGES_SHOWN);
  return claimsOf(MEASURES, recorded, longestAge(deps));
}

/** Sector by side and regime as it stands today, the other claims, what lay between first days, and what changed. */
export async function readMatrix(deps: Deps) {
  const now = deps.clock.now();
  const recorded = await findRecorded(deps, deps.settings.CHANGES_SHOWN);
  const cells = cellsOf(MEASURES, recorded, longestAge(deps), now);
  const claims = claimsOf(MEASURES, recorded, longestAge(deps));
  return {
    asOf: MEASURES.asOf,
    today: dayOf(now),
    sectors: MEASURES.sectors,
    cells,
    claims,
    facts: MEASURES.facts.map((fact) => ({ ...fact, ...claims.get(fact.id)! })),
    isStale: (claim: Claim) => !stands(claim, now) && claim.change === null,
    gaps: gapsOf(MEASURES),
    inStep: inStep(MEASURES),
    entries: entriesOf(MEASURES, recorded.changes),
    bothOnBoth: sectorsWhere(cells, (status) => status.every((one) => one === "in_force")),
    movedApart: sectorsWhere(cells, ([, eu, , us]) => eu === "in_force" && us === "eased"),
    diamondGapDays: diamondGapDays(),
    daysApart: daysApart(now),
  };
}
export type Matrix = Awaited<ReturnType<typeof readMatrix>>;

/** Cells of the table that are no claim: nothing was found there, or nobody has looked. */
export function unclaimedCells(claimed: ReadonlySet<string>) {
  return MEASURES.measures
    .filter(({ id }) => !claimed.has(id))
    .map((cell) => ({ id: cell.id, text: `${cell.sector}, ${textOf(cell)}` }));
}

/** Counts sectors by their statuses: EU on Russia, EU on Belarus, US on Russia, US on Belarus. */
function sectorsWhere(
  cells: readonly Cell[],
  fits: (statuses: [Status, Status, Status, Status]) => boolean,
): number {
  return MEASURES.sectors.filter((sector) => {
    const of = (side: string, regime: string) =>
      cells.find((one) => one.sector === sector && one.side === side && one.regime === regime)!
        .status;
    return fits([of("EU", "RU"), of("EU", "BY"), of("US", "RU"), of("US", "BY")]);
  }).length;
}
