import { readCampaign } from "../campaigns/read.ts";
import { phaseOf, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { Problem } from "../lib/problem.ts";
import { brokenLink } from "../lib/tokens.ts";
import { emailHash as emailHashOf } from "./pepper.ts";
import { findByEmail, findByWithdrawal, isBurned, type Signature } from "./store.ts";
import { openConfirmToken, splitConfirmToken, type Ask } from "./tokens.ts";

export const nothingSigned = () => new Problem(409, "token.nothing_signed");
export const withdrawnLink = () => new Problem(410, "token.withdrawn");

/** What the link in somebody's mail stands for at this moment. */
export type LinkState =
  | { step: "ready"; campaign: Campaign; ask: Ask; emailHash: Bytes; withdrawalHash: Bytes }
  /** `own` is the link that signed; another mail's link ends with its seal. */
  | { step: "signed"; campaign: Campaign; signature: Signature; own: boolean }
  | { step: "withdrawn"; campaign: Campaign; ask: Ask }
  | { step: "expired"; campaign: Campaign; ask: Ask }
  | { step: "closed"; campaign: Campaign; ask: Ask };

/**
 * Looks at a link and changes nothing. The withdrawal secret is looked up before any seal is opened
 * and works for ever; the sealed part proves the mailbox while it lasts. Throws `token.broken` (400)
 * for what no mail of ours held.
 */
export async function readLink(deps: Deps, text: string): Promise<LinkState> {
  const token = await splitConfirmToken(text);
  if (!token) throw brokenLink();
  const { withdrawalHash } = token;
  const own = await findByWithdrawal(deps, withdrawalHash);
  if (own) {
    const campaign = await readCampaign(deps, own.campaign);
    return { step: "signed", campaign, signature: own, own: true };
  }
  const opened = await openConfirmToken(deps, token);
  if (!opened) throw brokenLink();
  const { ask } = opened;
  const campaign = await campaignOf(deps, ask.campaign);
  if (opened.expired) return { step: "expired", campaign, ask };
  const emailHash = await emailHashOf(deps, campaign, ask.email);
  const signature = await findByEmail(deps, campaign.slug, emailHash);
  if (signature) return { step: "signed", campaign, signature, own: false };
  if (await isBurned(deps, campaign.slug, emailHash, ask.issuedAt)) {
    return { step: "withdrawn", campaign, ask };
  }
  if (phaseOf(campaign, deps.clock.now()) !== "open") return { step: "closed", campaign, ask };
  return { step: "ready", campaign, ask, emailHash, withdrawalHash };
}

async function campaignOf(deps: Deps, slug: string): Promise<Campaign> {
  try {
    return await readCampaign(deps, slug);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) throw brokenLink();
    throw error;
  }
}
