import type { Audit } from "../../audit/statements.ts";
import type { Deps } from "../../deps.ts";
import { check, reviewClaims } from "../../letters/check.ts";
import { hex } from "../../lib/bytes.ts";
import { dayOf } from "../../lib/clock.ts";
import { notFound, Problem } from "../../lib/problem.ts";
import { mayConfirm, type Organizer } from "../rules.ts";
import {
  deleteProposal,
  findOrganizer,
  findProposals,
  saveProposal,
  type Proposal,
} from "../store.ts";

const ID_BYTES = 8;

/** Throws `request.not_found` (404). */
async function sourceOf(deps: Deps, measure: string): Promise<string | null> {
  const { claims } = await reviewClaims(deps);
  const claim = claims.find(({ id }) => id === measure);
  if (!claim) throw notFound();
  return claim.source;
}

/**
 * Letters of every campaign rest on the same facts: no organizer gives one another source alone. Throws
 * `fact.source_needs_two` (403), `request.not_found` (404).
 */
export async function requireSameSource(
  deps: Deps,
  measure: string,
  source: string | undefined,
): Promise<void> {
  if (source !== undefined && source !== (await sourceOf(deps, measure))) {
    throw new Problem(403, "fact.source_needs_two");
  }
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
  const id = hex(deps.random.bytes(ID_BYTES));
  const day = dayOf(deps.clock.now());
  const audit: Audit = {
    campaign: null,
    by: by.id,
    act: "fact.source_proposed",
    before: { id: measure, source: before },
    after: { id: measure, source },
  };
  await saveProposal(deps, { measure, id, source, organizer: by.id, day }, audit);
}

/** Every source that waits, and whether this organizer may confirm it. */
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
 * The word of a second owner: the fact has the source from now on, and was checked today. Throws
 * `fact.source_gone` (409), `fact.source_needs_other` (403).
 */
export async function confirmSource(
  deps: Deps,
  by: Organizer,
  measure: string,
  id: string,
): Promise<void> {
  const { source, organizer } = await waiting(deps, measure, id);
  if (!mayConfirm(by, await findOrganizer(deps, organizer))) {
    throw new Problem(403, "fact.source_needs_other");
  }
  await check(deps, by.id, measure, { source });
  await deleteProposal(deps, id, {
    campaign: null,
    by: by.id,
    act: "fact.source_confirmed",
    after: { id: measure, source, proposedBy: organizer },
  });
}

/** Takes a source that waits away: its own owner's word, or another's no. Throws `fact.source_gone` (409). */
export async function dropSource(
  deps: Deps,
  by: Organizer,
  measure: string,
  id: string,
): Promise<void> {
  const { source } = await waiting(deps, measure, id);
  await deleteProposal(deps, id, {
    campaign: null,
    by: by.id,
    act: "fact.source_dropped",
    before: { id: measure, source },
  });
}
