import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { codeOf } from "./code.ts";

/** A mail that a page prepares, the same for everyone: where it goes, and what it says in its subject. */
export interface PreparedMail {
  address: string;
  code: string;
}

/** The mail that asks for a campaign's link, or null where no mail comes in. */
export async function prepareMail(
  deps: Deps,
  campaign: Campaign,
  locale: string,
): Promise<PreparedMail | null> {
  const address = deps.settings.INBOUND_ADDRESS;
  if (address === "") return null;
  const day = dayOf(deps.clock.now());
  return { address, code: await codeOf(deps, campaign.slug, locale, day) };
}
