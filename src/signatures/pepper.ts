import type { Deps } from "../deps.ts";
import { blob, type Bytes } from "../lib/bytes.ts";
import { canonicalEmail } from "../lib/email.ts";
import { memo } from "../lib/memo.ts";
import { Problem } from "../lib/problem.ts";
import { retryWrite } from "../lib/retry.ts";
import { isOlderSeal, macWith, open, seal } from "../lib/sealing.ts";
import type { Campaign } from "../campaigns/rules.ts";
import { findPepper, findPeppers, insertPepper, replacePepper } from "./store.ts";

const PEPPER_BYTES = 32;

/**
 * The campaign's pepper, made at its first use and kept wrapped by a key from the master secret.
 * Throws `campaign.shredded` (410) where it was destroyed: it never gets another.
 */
async function pepperOf(deps: Deps, campaign: string): Promise<Bytes> {
  const key = await deps.keys.aes("pepper");
  let row = await findPepper(deps, campaign);
  if (!row) {
    const wrapped = await seal(
      key,
      deps.random,
      deps.random.bytes(PEPPER_BYTES),
      `pepper|${campaign}`,
    );
    await retryWrite(deps, () => insertPepper(deps, campaign, wrapped));
    row = await findPepper(deps, campaign);
  }
  if (!row?.wrapped) throw new Problem(410, "campaign.shredded");
  const pepper = await open(key, blob(row.wrapped), `pepper|${campaign}`);
  if (!pepper) throw new Error("pepper.unreadable: MASTER_SECRET is not the one it was made under");
  return pepper;
}

/** The keyed hash under which a signer is known in one campaign, 32 bytes. */
export async function emailHash(deps: Deps, campaign: Campaign, email: string): Promise<Bytes> {
  const pepper = await memo(deps, `pepper|${campaign.slug}`, () => pepperOf(deps, campaign.slug));
  return macWith(pepper, canonicalEmail(email, campaign.emailRules));
}

/** Wraps anew the peppers that are still under the master secret before. Gives how many; safe to repeat. */
export async function rewrapPeppers(deps: Deps): Promise<number> {
  const key = await deps.keys.aes("pepper");
  const older = (await findPeppers(deps)).filter(({ wrapped }) => isOlderSeal(key, wrapped));
  for (const { campaign, wrapped } of older) {
    const pepper = await open(key, wrapped, `pepper|${campaign}`);
    if (!pepper) throw new Error(`pepper.unreadable: ${campaign}`);
    const again = await seal(key, deps.random, pepper, `pepper|${campaign}`);
    await replacePepper(deps, campaign, wrapped, again);
  }
  return older.length;
}
