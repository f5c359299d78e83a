import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { hex, type Bytes } from "../lib/bytes.ts";
import { emailHash } from "./pepper.ts";
import { readSession, type Session } from "./session.ts";
import { findByEmail } from "./store.ts";

export type Verified = Session & { emailHash: Bytes };

/**
 * Who holds this session: somebody whose mailbox was proved within SESSION_MS and whose signature
 * still stands as that press left it. Null for one that expired, is of another campaign, was never ours,
 * was withdrawn, or was replaced by a later press.
 */
export async function verifiedSigner(
  deps: Deps,
  campaign: Campaign,
  token: string | undefined,
): Promise<Verified | null> {
  if (!token) return null;
  const session = await readSession(deps, token, campaign.slug);
  if (!session) return null;
  const hash = await emailHash(deps, campaign, session.email);
  const signature = await findByEmail(deps, campaign.slug, hash);
  // A later press may have taken the careful way, or named a country at risk.
  if (!signature || hex(signature.id) !== session.signature) return null;
  return { ...session, emailHash: hash };
}

/** Whether the signature of this address stands. False also where the campaign was shredded. */
export async function hasSigned(deps: Deps, campaign: Campaign, email: string): Promise<boolean> {
  if (campaign.shreddedAt !== null) return false;
  const hash = await emailHash(deps, campaign, email);
  return (await findByEmail(deps, campaign.slug, hash)) !== null;
}
