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
  /** When they signed in by a mail, ms; null where they came in another way. */
  signedInAt: number | null;
}
