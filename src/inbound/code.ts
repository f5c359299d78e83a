import { listCampaigns } from "../campaigns/read.ts";
import { phaseOf, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { DAY, dayOf } from "../lib/clock.ts";
import { mac } from "../lib/sealing.ts";
import { LOCALES } from "../ui/i18n.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const GROUPS = 4;
const GROUP = 4;
const SHAPE = /^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/;

/** What a prepared mail asks for. Nothing in it is of whoever sends it. */
export interface Wish {
  campaign: Campaign;
  locale: string;
  /** UTC day on which the page showed it. */
  day: string;
}

/** The subject of a mail that a page prepares: the same for everyone on that day. It names no campaign. */
export async function codeOf(
  deps: Deps,
  campaign: string,
  locale: string,
  day: string,
): Promise<string> {
  const bytes = await mac(await deps.keys.hmac("inbound"), `${campaign}|${locale}|${day}`);
  const letters = Array.from(bytes.slice(0, GROUPS * GROUP), (byte) => LETTERS[byte % 32]!);
  return Array.from({ length: GROUPS }, (_, at) =>
    letters.slice(at * GROUP, (at + 1) * GROUP).join(""),
  ).join("-");
}

/** What a subject asks for: a code of today or yesterday, of a campaign that is open, and nothing else. Else null. */
export async function readCode(deps: Deps, subject: string): Promise<Wish | null> {
  const code = subject.trim().toUpperCase();
  if (!SHAPE.test(code)) return null;
  const now = deps.clock.now();
  const open = (await listCampaigns(deps)).filter((one) => phaseOf(one, now) === "open");
  for (const day of [dayOf(now), dayOf(now - DAY)]) {
    for (const campaign of open) {
      for (const locale of LOCALES) {
        if ((await codeOf(deps, campaign.slug, locale, day)) === code) {
          return { campaign, locale, day };
        }
      }
    }
  }
  return null;
}
