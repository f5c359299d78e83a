import { readCampaign } from "../campaigns/read.ts";
import { phaseOf, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { Problem } from "../lib/problem.ts";
import { emailHash } from "./pepper.ts";
import { findByEmail, findByWithdrawal, isBurned, type Signature } from "./store.ts";
import { readConfirmToken, type ConfirmToken } from "./tokens.ts";

export const brokenLink = () => new Problem(400, "token.broken");
export const expiredLink = () => new Problem(410, "token.expired");
export const withdrawnLink = () => new Problem(410, "token.withdrawn");

/** What the link in somebody's mail stands for at this moment. */
export type LinkState =
  | { step: "ready"; campaign: Campaign; token: ConfirmToken & { ask: Ask }; emailHash: Bytes }
  | { step: "signed"; campaign: Campaign; signature: Signature; ask: Ask | null }
  | { step: "withdrawn"; campaign: Campaign; ask: Ask }
  | { step: "expired"; campaign: Campaign; ask: Ask }
  | { step: "closed"; campaign: Campaign; ask: Ask };

type Ask = NonNullable<ConfirmToken["ask"]>;

/**
 * Looks at a link and changes nothing. The mailbox is proved by the sealed part while it lasts, and
 * for ever by the withdrawal secret. Throws `token.broken` (400) for what no mail of ours held.
 */
export async function readLink(deps: Deps, text: string): Promise<LinkState> {
  const token = await readConfirmToken(deps, text);
  if (!token) throw brokenLink();
  const own = await findByWithdrawal(deps, token.withdrawalHash);
  if (own) {
    const campaign = await readCampaign(deps, own.campaign);
    return { step: "signed", campaign, signature: own, ask: token.ask };
  }
  const ask = token.ask;
  if (!ask) throw brokenLink();
  const campaign = await campaignOf(deps, ask.campaign);
  const hash = await emailHash(deps, campaign, ask.email);
  if (token.state === "expired") return { step: "expired", campaign, ask };
  const signature = await findByEmail(deps, campaign.slug, hash);
  if (signature) return { step: "signed", campaign, signature, ask };
  if (await isBurned(deps, campaign.slug, hash, ask.issuedAt)) {
    return { step: "withdrawn", campaign, ask };
  }
  if (phaseOf(campaign, deps.clock.now()) !== "open") return { step: "closed", campaign, ask };
  return { step: "ready", campaign, token: { ...token, ask }, emailHash: hash };
}

async function campaignOf(deps: Deps, slug: string): Promise<Campaign> {
  try {
    return await readCampaign(deps, slug);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) throw brokenLink();
    throw error;
  }
}
