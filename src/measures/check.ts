import type * as z from "zod";
import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { dayOf } from "../lib/clock.ts";
import { invalid, notFound } from "../lib/problem.ts";
import { readClaims } from "./read.ts";
import { MEASURES, textOf, type Change } from "./rules.ts";
import type { changeInput, CheckInput } from "./schema.ts";
import { saveCheck } from "./store.ts";

const ID_BYTES = 8;

export type ChangeInput = z.output<typeof changeInput>;

/** What the file says of a claim or a cell, in English, and whether it is a fact; null where there is neither. */
export function claimNamed(measure: string): { text: string; isFact: boolean } | null {
  const fact = MEASURES.facts.find(({ id }) => id === measure);
  if (fact) return { text: fact.text, isFact: true };
  const cell = MEASURES.measures.find(({ id }) => id === measure);
  return cell ? { text: `${cell.sector}, ${textOf(cell)}`, isFact: false } : null;
}

/** Throws `request.invalid` (422) for a status that only a fact, or only a cell, may have. */
export function requireFitting(measure: string, { status }: ChangeInput): void {
  const isFact = claimNamed(measure)?.isFact ?? false;
  const ofFact = status === "no_longer" || status === "as_before";
  const ofCell = status !== "no_longer";
  if (isFact ? !ofFact : !ofCell) {
    throw invalid([{ path: "status", message: "value.invalid" }]);
  }
}

/**
 * Writes down that somebody looked today: it is still so, or it has changed. The same `id` twice is one
 * change. Throws `request.not_found` (404), `request.invalid` (422).
 */
export async function check(
  deps: Deps,
  by: string,
  measure: string,
  input: CheckInput,
  id = hex(deps.random.bytes(ID_BYTES)),
): Promise<void> {
  const claim = (await readClaims(deps)).get(measure);
  if (!claim && !(input.changed && claimNamed(measure))) throw notFound();
  const day = dayOf(deps.clock.now());
  const source = input.source ?? claim?.source ?? "";
  let change: Change | null = null;
  if (input.changed) {
    requireFitting(measure, input.changed);
    if (!input.source) throw invalid([{ path: "source", message: "value.invalid" }]);
    const { since = null, ...rest } = input.changed;
    change = { ...rest, since, id, measure, source: input.source, day };
  }
  await saveCheck(deps, { measure, checkedOn: day, checkedBy: by, source }, change, {
    campaign: null,
    by,
    act: change ? "fact.changed" : "fact.checked",
    before: { id: measure, checkedOn: claim?.checkedOn ?? null },
    after: { id: measure, checkedOn: day, source, ...(change ? { changed: input.changed } : {}) },
  });
}
