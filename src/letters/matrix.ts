import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { daysApart, diamondGapDays, MEASURES, type Claim, type Measure } from "./measures.ts";
import { readClaims } from "./write.ts";

/** A claim as letters and programs show it. */
export function claimJson({ id, text, source, grade, checkedOn }: Claim) {
  return { id, text, source, grade, checkedOn };
}

export interface MatrixCell extends Omit<Measure, "as_of" | "checked_on"> {
  asOf: string;
  checkedOn: string;
  /** Whether the check is too old to rest on. */
  stale: boolean;
}

/** Sector by side and regime, each with its newest check, and the other claims of letters. */
export async function matrix(deps: Deps) {
  const now = deps.clock.now();
  const claims = await readClaims(deps);
  const measures = MEASURES.measures.map(({ as_of, checked_on, ...one }): MatrixCell => {
    const claim = claims.get(one.id);
    return {
      ...one,
      source: claim?.source ?? one.source,
      asOf: as_of,
      checkedOn: claim?.checkedOn ?? checked_on,
      stale: claim !== undefined && claim.expiresAt <= now,
    };
  });
  return {
    asOf: MEASURES.asOf,
    today: dayOf(now),
    sectors: MEASURES.sectors,
    measures,
    facts: MEASURES.facts.map((fact) => claimJson(claims.get(fact.id)!)),
    /** Sectors in which both sides have measures in force on both regimes. */
    bothOnBoth: sectorsWhere((status) => status.every((one) => one === "in_force")),
    /** Sectors in which one side keeps on Belarus what the other has eased. */
    movedApart: sectorsWhere(([, eu, , us]) => eu === "in_force" && us === "eased"),
    diamondGapDays: diamondGapDays(),
    daysApart: daysApart(now),
  };
}

type Status = Measure["status"];

/** Counts sectors by their statuses: EU on Russia, EU on Belarus, US on Russia, US on Belarus. */
function sectorsWhere(holds: (statuses: [Status, Status, Status, Status]) => boolean): number {
  return MEASURES.sectors.filter((sector) => {
    const of = (side: string, regime: string) =>
      MEASURES.measures.find(
        (one) => one.sector === sector && one.side === side && one.regime === regime,
      )!.status;
    return holds([of("EU", "RU"), of("EU", "BY"), of("US", "RU"), of("US", "BY")]);
  }).length;
}

export type Matrix = Awaited<ReturnType<typeof matrix>>;
