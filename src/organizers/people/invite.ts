import type { Audit } from "../../audit/statements.ts";
import type { Deps } from "../../deps.ts";
import { emailFault } from "../../lib/email.ts";
import { invalid, notFound, Problem } from "../../lib/problem.ts";
import { wake } from "../../mail/enqueue.ts";
import { tellOwners } from "../notices.ts";
import type { Role } from "../rules.ts";
import { addressHash, openAddress, organizerId, sealAddress } from "../door/address.ts";
import {
  campaignsWithoutOwner,
  deleteInvitations,
  deleteRole,
  findEndedInvitations,
  findMembers,
  findOrganizer,
  insertOrganizer,
  saveRole,
} from "../store.ts";

async function keep(
  deps: Deps,
  by: string,
  address: string,
  mayCreate: boolean,
): Promise<{ organizer: string; isNew: boolean }> {
  const fault = emailFault(address);
  if (fault) throw invalid([{ path: "email", message: `email.${fault}` }]);
  const id = organizerId(deps);
  const hash = await addressHash(deps, address);
  const sealed = await sealAddress(deps, address);
  const after = { organizer: id, mayCreate };
  const audit: Audit = { campaign: null, by, act: "organizer.invited", after };
  const organizer = await insertOrganizer(deps, { id, hash, sealed, mayCreate }, audit);
  return { organizer, isNew: organizer === id };
}

/**
 * Invites somebody from the command line: they may make campaigns, and own those that nobody owns.
 * Gives the slugs that they got. Throws `request.invalid` (422).
 */
export async function inviteFirst(deps: Deps, address: string): Promise<string[]> {
  const { organizer } = await keep(deps, "operator", address, true);
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

/**
 * Gives somebody a role in a campaign; a new address becomes an organizer. Every owner is told. Throws
 * `organizer.last_owner` (409), `request.invalid` (422).
 */
export async function giveRole(
  deps: Deps,
  by: string,
  change: { campaign: string; address: string; role: Role },
): Promise<void> {
  const { organizer, isNew } = await keep(deps, by, change.address, false);
  const { campaign, role } = change;
  const before = (await findOrganizer(deps, organizer))?.roles.get(campaign);
  const about = isNew ? "person" : "role";
  const told = before === role ? null : await tellOwners(deps, by, campaign, about, { role });
  const audit: Audit = {
    campaign,
    by,
    act: "role.given",
    before: before ? { organizer, role: before } : undefined,
    after: { organizer, role },
    ...(told && { told }),
  };
  if (!(await saveRole(deps, { campaign, organizer, role }, audit))) throw lastOwner();
  await wake(deps);
}

/** Takes somebody's role away. Every owner is told, one who was it too. Throws `organizer.last_owner` (409). */
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
    told: await tellOwners(deps, by, change.campaign, "role-taken", { role: before }),
  };
  if (!(await deleteRole(deps, change, audit))) throw lastOwner();
  await wake(deps);
}

/**
 * Once a night: whoever was invited and has not come in for INVITATION_MS is an organizer no more; the
 * log of each campaign says so.
 */
export async function endInvitations(deps: Deps): Promise<void> {
  const before = deps.clock.now() - deps.settings.INVITATION_MS;
  const ended = await findEndedInvitations(deps, before);
  if (ended.length === 0) return;
  await deleteInvitations(
    deps,
    before,
    ended.map(({ organizer, campaign, role }) => ({
      organizer,
      audit: {
        campaign,
        by: "schedule",
        act: "invitation.ended",
        before: { organizer, ...(role && { role }) },
      },
    })),
  );
}

const lastOwner = () => new Problem(409, "organizer.last_owner");

/** Everybody with a role in a campaign, with their address for the organizers' own eyes. */
export async function listMembers(deps: Deps, campaign: string) {
  const members = await findMembers(deps, campaign);
  return Promise.all(
    members.map(async ({ organizer, role, sealed, entered, invitedAt }) => ({
      organizer,
      role,
      address: await openAddress(deps, sealed),
      /** Until when the invitation of somebody who has not come in lasts, ms; null for all others. */
      invitedUntil: entered ? null : (invitedAt ?? deps.clock.now()) + deps.settings.INVITATION_MS,
    })),
  );
}

/** The address that somebody with a role in a campaign signs in with. Throws `request.not_found` (404). */
export async function ownAddress(deps: Deps, campaign: string, organizer: string): Promise<string> {
  const own = (await findMembers(deps, campaign)).find((one) => one.organizer === organizer);
  if (!own) throw notFound();
  return openAddress(deps, own.sealed);
}
