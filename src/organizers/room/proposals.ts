import type { Audit } from "../../audit/statements.ts";
import type { Deps } from "../../deps.ts";
import { hex } from "../../lib/bytes.ts";
import { dayOf } from "../../lib/clock.ts";
import { notFound, Problem } from "../../lib/problem.ts";
import { check, requireFitting, type ChangeInput } from "../../measures/check.ts";
import { readClaims } from "../../measures/read.ts";
import { MEASURES } from "../../measures/rules.ts";
import type { CheckInput } from "../../measures/schema.ts";
import { wake } from "../../mail/enqueue.ts";
import { tellOfFact } from "../notices.ts";
import { mayConfirm, type Organizer } from "../rules.ts";
import {
  deleteProposal,
  findOrganizer,
  findProposals,
  saveProposal,
  type Proposal,
} from "../store.ts";

const ID_BYTES = 8;

/** Where a claim stands so far; null for a cell of the table that is none. Throws `request.not_found` (404). */
async function sourceOf(deps: Deps, measure: string): Promise<string | null> {
  const claim = (await readClaims(deps)).get(measure);
  if (!claim && !MEASURES.measures.some(({ id }) => id === measure)) throw notFound();
  return claim?.source ?? null;
}

/**
 * Letters of every campaign and the public table rest on the same facts: no organizer gives one another
 * source, or changes what it says, alone. Throws `fact.source_needs_two` (403), `request.not_found` (404).
 */
export async function requireStillSo(
  deps: Deps,
  measure: string,
  { source, changed }: CheckInput,
): Promise<void> {
  const other = source !== undefined && source !== (await sourceOf(deps, measure));
  if (changed !== undefined || other) throw new Problem(403, "fact.source_needs_two");
}

async function propose(
  deps: Deps,
  by: Organizer,
  proposal: Pick<Proposal, "measure" | "source" | "change">,
  audit: Pick<Audit, "act" | "before">,
): Promise<void> {
  const id = hex(deps.random.bytes(ID_BYTES));
  const day = dayOf(deps.clock.now());
  const { measure, source, change } = proposal;
  const after = { id: measure, source, ...(change ? { changed: change } : {}) };
  const told = await tellOfFact(deps, by.id, { measure, source, changed: change ? "yes" : "no" });
  await saveProposal(
    deps,
    { ...proposal, id, organizer: by.id, day },
    { ...audit, campaign: null, by: by.id, after, told },
  );
  await wake(deps);
}

/** Puts another source for a fact up for the word of an owner of another campaign. */
export async function proposeSource(
  deps: Deps,
  by: Organizer,
  measure: string,
  source: string,
): Promise<void> {
  const before = await sourceOf(deps, measure);
  if (source === before) return;
  const audit = { act: "fact.source_proposed", before: { id: measure, source: before } } as const;
  await propose(deps, by, { measure, source, change: null }, audit);
}

/** The same for what has changed. Throws `request.invalid` (422) for a status that does not fit. */
export async function proposeChange(
  deps: Deps,
  by: Organizer,
  measure: string,
  change: ChangeInput,
  source: string,
): Promise<void> {
  const before = await sourceOf(deps, measure);
  requireFitting(measure, change);
  const audit = { act: "fact.change_proposed", before: { id: measure, source: before } } as const;
  await propose(deps, by, { measure, source, change }, audit);
}

/** Everything that waits, and whether this organizer may confirm it. */
export async function listProposals(deps: Deps, organizer: Organizer) {
  return Promise.all(
    (await findProposals(deps)).map(async (proposal) => ({
      ...proposal,
      mayConfirm: mayConfirm(organizer, await findOrganizer(deps, proposal.organizer)),
    })),
  );
}

async function waiting(deps: Deps, measure: string, id: string): Promise<Proposal> {
  const found = (await findProposals(deps)).find((one) => one.id === id);
  if (found?.measure !== measure) throw new Problem(409, "fact.source_gone");
  return found;
}

/**
 * The word of a second owner: the fact has the source from now on, or has changed, and was checked today.
 * Throws `fact.source_gone` (409), `fact.source_needs_other` (403).
 */
export async function confirmProposal(
  deps: Deps,
  by: Organizer,
  measure: string,
  id: string,
): Promise<void> {
  const { source, organizer, change } = await waiting(deps, measure, id);
  if (!mayConfirm(by, await findOrganizer(deps, organizer))) {
    throw new Problem(403, "fact.source_needs_other");
  }
  await check(deps, by.id, measure, { source, ...(change ? { changed: change } : {}) }, id);
  await deleteProposal(deps, id, {
    campaign: null,
    by: by.id,
    act: change ? "fact.change_confirmed" : "fact.source_confirmed",
    after: { id: measure, source, proposedBy: organizer },
  });
}

/** Takes what waits away: its own owner's word, or another's no. Throws `fact.source_gone` (409). */
export async function dropProposal(
  deps: Deps,
  by: Organizer,
  measure: string,
  id: string,
): Promise<void> {
  const { source, change } = await waiting(deps, measure, id);
  await deleteProposal(deps, id, {
    campaign: null,
    by: by.id,
    act: change ? "fact.change_dropped" : "fact.source_dropped",
    before: { id: measure, source },
  });
}
