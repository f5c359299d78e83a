import type { Deps } from "../deps.ts";
import { memo } from "../lib/memo.ts";
import { notFound } from "../lib/problem.ts";
import { chooseLocale, type Campaign, type CampaignText } from "./rules.ts";
import { campaignsBySlug, findCampaign, findText, findTitles, publicCampaigns } from "./store.ts";

/** A campaign that the public may see. Throws `request.not_found` for a draft as for none at all. */
export async function readCampaign(deps: Deps, slug: string): Promise<Campaign> {
  const campaign = await memo(deps, `campaign|${slug}`, () => findCampaign(deps.db, slug));
  if (!campaign || campaign.status === "draft") throw notFound();
  return campaign;
}

/** The campaign's texts in a locale, or in the nearest that it has. */
export async function readText(
  deps: Deps,
  campaign: Campaign,
  locale: string,
): Promise<CampaignText> {
  const chosen = chooseLocale(campaign.locales, locale);
  const text = await memo(deps, `text|${campaign.slug}|${chosen}`, () =>
    findText(deps.db, campaign.slug, chosen),
  );
  if (!text) throw notFound();
  return text;
}

/** Titles of campaigns, each in a locale or in the nearest that it has; in one query. */
export async function titlesOf(
  deps: Deps,
  wanted: readonly { campaign: Campaign; locale: string }[],
): Promise<(campaign: Campaign, locale: string) => string> {
  const keyOf = (campaign: Campaign, locale: string) =>
    `${campaign.slug}|${chooseLocale(campaign.locales, locale)}`;
  const pairs = new Map(
    wanted.map(({ campaign, locale }) => [
      keyOf(campaign, locale),
      { campaign: campaign.slug, locale: chooseLocale(campaign.locales, locale) },
    ]),
  );
  const found = pairs.size === 0 ? [] : await findTitles(deps, [...pairs.values()]);
  const titles = new Map(found.map((row) => [`${row.campaign}|${row.locale}`, row.title]));
  return (campaign, locale) => {
    const title = titles.get(keyOf(campaign, locale));
    if (title === undefined) throw notFound();
    return title;
  };
}

export async function listCampaigns(deps: Deps): Promise<Campaign[]> {
  return publicCampaigns(deps.db);
}

/** Campaigns by their slugs whatever their state, for those who have a role in them. */
export async function listBySlugs(deps: Deps, slugs: string[]): Promise<Campaign[]> {
  return campaignsBySlug(deps, slugs);
}

/** The same by slug, in one query: for what is decided about many mails or letters at once. */
export async function campaignsOf(
  deps: Deps,
  slugs: readonly string[],
): Promise<Map<string, Campaign>> {
  const campaigns = await campaignsBySlug(deps, [...new Set(slugs)]);
  return new Map(campaigns.map((campaign) => [campaign.slug, campaign]));
}
