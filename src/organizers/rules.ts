/** What somebody may do in a campaign; each may do what those before it may. */
export const ROLES = ["viewer", "organizer", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** Whether a role is enough for an act that needs another. */
export function hasRole(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Somebody who is signed in. */
export interface Organizer {
  id: string;
  /** Role by campaign. */
  roles: Map<string, Role>;
  /** Whether they may make new campaigns. */
  mayCreate: boolean;
  /** Whether they signed in by a mail within FRESH_SIGN_IN_MS. */
  fresh: boolean;
}

const ownedBy = ({ roles }: Organizer) =>
  [...roles].flatMap(([campaign, role]) => (role === "owner" ? [campaign] : []));

/**
 * Whether one may confirm what another, who is null where they are gone, has proposed for all campaigns:
 * both are owners now, and one of a campaign that the other does not own.
 */
export function mayConfirm(one: Organizer, proposer: Organizer | null): boolean {
  if (proposer === null || proposer.id === one.id) return false;
  const theirs = ownedBy(proposer);
  return theirs.length > 0 && ownedBy(one).some((campaign) => !theirs.includes(campaign));
}
