import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { ownDomain, providerName } from "../lib/providers.ts";
import { mac } from "../lib/sealing.ts";
import { OTHER_DOMAINS } from "./rules.ts";

const HASH_BYTES = 8;

/**
 * The class of an address's provider: a large one by its name, any other domain by a keyed hash, another
 * one in each campaign.
 */
export async function providerOf(deps: Deps, campaign: string, address: string): Promise<string> {
  const domain = ownDomain(address);
  if (domain === null) return providerName(address)!;
  const key = await deps.keys.hmac("domains");
  const hash = await mac(key, `${campaign}|${domain}`);
  return `${OTHER_DOMAINS}${hex(hash.slice(0, HASH_BYTES))}`;
}
