import { readCampaign } from "../campaigns/read.ts";
import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { log } from "../lib/log.ts";
import { Problem } from "../lib/problem.ts";
import { brokenLink } from "../lib/tokens.ts";
import { SecretUnreadable } from "../secrets/read.ts";
import { findByWithdrawal, type KeptSignature } from "./store.ts";
import { openConfirmToken, splitConfirmToken, type Ask } from "./tokens.ts";

/** What the link in somebody's mail stands for at this moment. */
export type LinkState =
  /** The link that signed, which alone shows state. */
  | { step: "signed"; campaign: Campaign; signature: KeptSignature }
  /** Any other link, the same for every address. */
  | { step: "ready"; campaign: Campaign; ask: Ask; withdrawalHash: Bytes }
  | { step: "expired" };

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
  if (signature) {
    return { step: "signed", campaign: await readCampaign(deps, signature.campaign), signature };
  }
  const opened = await openConfirmToken(deps, token);
  if (!opened) throw brokenLink();
  const { ask } = opened;
  const campaign = await campaignOf(deps, ask.campaign);
  if (opened.expired) return { step: "expired" };
  if (campaign.shreddedAt !== null) throw new Problem(410, "campaign.shredded");
  return { step: "ready", campaign, ask, withdrawalHash };
}

/**
 * What a link's seal says while it proves the mailbox, else null: also where the secret behind it is
 * lost, for the link that signed shows and withdraws all the same.
 */
export async function provenAsk(deps: Deps, text: string): Promise<Ask | null> {
  const token = await splitConfirmToken(text);
  if (!token) return null;
  try {
    const opened = await openConfirmToken(deps, token);
    return opened && !opened.expired ? opened.ask : null;
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    log("error", { code: "secret.unreadable" });
    return null;
  }
}

async function campaignOf(deps: Deps, slug: string): Promise<Campaign> {
  try {
    return await readCampaign(deps, slug);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) throw brokenLink();
    throw error;
  }
}
