import type { Matrix } from "./read.ts";
import type { Change, Claim } from "./rules.ts";

/** What the data may be used under, and how it is cited. */
export const LICENCE = {
  name: "CC BY 4.0",
  url: "https://creativecommons.org/licenses/by/4.0/",
} as const;

/** A claim as letters and programs show it. */
export function claimJson({ id, text, author, source, also, grade, checkedOn }: Claim) {
  return { id, text, author, source, also, grade, checkedOn };
}

/** A recorded change as programs read it: who recorded it is nobody else's. */
function changeJson(change: Change | null) {
  if (change === null) return null;
  const { status, since, because, source, day } = change;
  return { status, since, because, source, recordedOn: day };
}

/** The matrix for programs. */
export function matrixJson(matrix: Matrix, origin: string) {
  const page = `${origin}/en/measures`;
  return {
    licence: LICENCE,
    citation: `Tandem, “In step”, as of ${matrix.today}, ${page}`,
    page,
    asOf: matrix.asOf,
    today: matrix.today,
    sectors: matrix.sectors,
    measures: matrix.cells.map(({ change, ...cell }) => ({
      ...cell,
      change: changeJson(change),
      page: `${page}/${cell.sector}`,
    })),
    facts: matrix.facts.map((fact) => ({
      ...claimJson(fact),
      sector: fact.sector,
      until: fact.until,
      stale: matrix.isStale(fact),
      change: changeJson(fact.change),
      page: `${page}/facts/${fact.id}`,
    })),
    gaps: matrix.gaps,
    inStep: matrix.inStep,
    changes: matrix.entries.map(({ id, measure, kind, when, change }) => ({
      id,
      measure,
      kind,
      when,
      change: changeJson(change),
    })),
    bothOnBoth: matrix.bothOnBoth,
    movedApart: matrix.movedApart,
    diamondGapDays: matrix.diamondGapDays,
    daysApart: matrix.daysApart,
  };
}
