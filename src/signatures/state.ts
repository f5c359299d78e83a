import { readCampaign } from "../campaigns/read.ts";
import { phaseOf, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { Problem } from "../lib/problem.ts";
import { brokenLink } from "../lib/tokens.ts";
import { findByWithdrawal, type Signature } from "./store.ts";
import { openConfirmToken, splitConfirmToken, type Ask } from "./tokens.ts";

/** What the link in somebody's mail stands for at this moment. */
export type LinkState =
  /** The link that signed, which alone shows state. `ask` while its seal proves the mailbox. */
  | { step: "signed"; campaign: Campaign; signature: Signature; ask: Ask | null }
  /** Any other link, the same for every address; `open` while anyone can be counted. */
  | { step: "ready"; campaign: Campaign; ask: Ask; withdrawalHash: Bytes; open: boolean }
  | { step: "expired"; campaign: Campaign; ask: Ask };

/**
 * Looks at a link and changes nothing. The withdrawal secret is looked up before any seal is opened
 * and works for ever; the sealed part proves the mailbox while it lasts. Whether the address has signed
 * is not looked at. Throws `token.broken` (400) for what no mail of ours held, `campaign.shredded` (410).
 */
export async function readLink(deps: Deps, text: string): Promise<LinkState> {
  const token = await splitConfirmToken(text);
  if (!token) throw brokenLink();
  const { withdrawalHash } = token;
  const signature = await findByWithdrawal(deps, withdrawalHash);
  const opened = await openConfirmToken(deps, token);
  if (signature) {
    const campaign = await readCampaign(deps, signature.campaign);
    return { step: "signed", campaign, signature, ask: opened?.expired === false ? opened.ask : null };
  }
  if (!opened) throw brokenLink();
  const { ask } = opened;
  const campaign = await campaignOf(deps, ask.campaign);
  if (opened.expired) return { step: "expired", campaign, ask };
  if (campaign.shreddedAt !== null) throw new Problem(410, "campaign.shredded");
  const open = phaseOf(campaign, deps.clock.now()) === "open";
  return { step: "ready", campaign, ask, withdrawalHash, open };
}

async function campaignOf(deps: Deps, slug: string): Promise<Campaign> {
  try {
    return await readCampaign(deps, slug);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) throw brokenLink();
    throw error;
  }
}
