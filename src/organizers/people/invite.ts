import type { Audit } from "../../audit/statements.ts";
import type { Deps } from "../../deps.ts";
import { emailFault } from "../../lib/email.ts";
import { invalid, notFound, Problem } from "../../lib/problem.ts";
import type { Role } from "../rules.ts";
import { addressHash, openAddress, organizerId, sealAddress } from "../door/sign-in.ts";
import {
  campaignsWithoutOwner,
  deleteRole,
  findMembers,
  findOrganizer,
  insertOrganizer,
  saveRole,
} from "../store.ts";

async function keep(deps: Deps, by: string, address: string, mayCreate: boolean): Promise<string> {
  const fault = emailFault(address);
  if (fault) throw invalid([{ path: "email", message: `email.${fault}` }]);
  const id = organizerId(deps);
  const hash = await addressHash(deps, address);
  const sealed = await sealAddress(deps, address);
  const after = { organizer: id, mayCreate };
  const audit: Audit = { campaign: null, by, act: "organizer.invited", after };
  return insertOrganizer(deps, { id, hash, sealed, mayCreate }, audit);
}

/**
 * Invites somebody from the command line: they may make campaigns, and own those that nobody owns.
 * Gives the slugs that they got. Throws `request.invalid` (422).
 */
export async function inviteFirst(deps: Deps, address: string): Promise<string[]> {
  const organizer = await keep(deps, "operator", address, true);
  const slugs = await campaignsWithoutOwner(deps);
  for (const campaign of slugs) {
    const audit: Audit = {
      campaign,
      by: "operator",
      act: "role.given",
      after: { organizer, role: "owner" },
    };
    await saveRole(deps, { campaign, organizer, role: "owner" }, audit);
  }
  return slugs;
}

/** Gives somebody a role in a campaign; a new address becomes an organizer. */
export async function giveRole(
  deps: Deps,
  by: string,
  change: { campaign: string; address: string; role: Role },
): Promise<void> {
  const organizer = await keep(deps, by, change.address, false);
  const { campaign, role } = change;
  const before = (await findOrganizer(deps, organizer))?.roles.get(campaign);
  const audit: Audit = {
    campaign,
    by,
    act: "role.given",
    before: before ? { organizer, role: before } : undefined,
    after: { organizer, role },
  };
  if (!(await saveRole(deps, { campaign, organizer, role }, audit))) throw lastOwner();
}

/** Takes somebody's role away. Throws `organizer.last_owner` (409). */
export async function takeRole(
  deps: Deps,
  by: string,
  change: { campaign: string; organizer: string },
): Promise<void> {
  const before = (await findOrganizer(deps, change.organizer))?.roles.get(change.campaign);
  if (!before) return;
  const audit: Audit = {
    campaign: change.campaign,
    by,
    act: "role.taken",
    before: { organizer: change.organizer, role: before },
  };
  if (!(await deleteRole(deps, change, audit))) throw lastOwner();
}

const lastOwner = () => new Problem(409, "organizer.last_owner");

/** Everybody with a role in a campaign, with their address for the organizers' own eyes. */
export async function listMembers(deps: Deps, campaign: string) {
  const members = await findMembers(deps, campaign);
  return Promise.all(
    members.map(async ({ organizer, role, sealed }) => ({
      organizer,
      role,
      address: await openAddress(deps, sealed),
    })),
  );
}

/** The address that somebody with a role in a campaign signs in with. Throws `request.not_found` (404). */
export async function ownAddress(deps: Deps, campaign: string, organizer: string): Promise<string> {
  const own = (await findMembers(deps, campaign)).find((one) => one.organizer === organizer);
  if (!own) throw notFound();
  return openAddress(deps, own.sealed);
}
