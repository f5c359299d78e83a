import type { Ctx } from "../http.ts";
import { readText } from "./read.ts";
import type { Campaign } from "./rules.ts";

/** What every page of a campaign is given. */
export async function frame(c: Ctx, campaign: Campaign) {
  const { deps, locale } = c.var;
  const text = await readText(deps, campaign, locale);
  return { locale, origin: deps.settings.PUBLIC_ORIGIN, campaign, text };
}
