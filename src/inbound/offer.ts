import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { recentLoad } from "../mail/lanes.ts";
import { codeOf } from "./code.ts";

/** A mail that a page prepares, the same for everyone: where it goes, and what it says in its subject. */
export interface PreparedMail {
  address: string;
  code: string;
}

/** Whether the door is open: there is an address for it, and no owner has closed it. */
export async function isDoorOpen(deps: Deps): Promise<boolean> {
  const { INBOUND_ADDRESS, LANE_LOOK_MS } = deps.settings;
  return INBOUND_ADDRESS !== "" && (await recentLoad(deps, LANE_LOOK_MS)).door.second;
}

/** The mail that asks for a campaign's link, or null where the door is closed. */
export async function prepareMail(
  deps: Deps,
  campaign: Campaign,
  locale: string,
): Promise<PreparedMail | null> {
  if (!(await isDoorOpen(deps))) return null;
  const address = deps.settings.INBOUND_ADDRESS;
  const day = dayOf(deps.clock.now());
  return { address, code: await codeOf(deps, campaign.slug, locale, day) };
}
