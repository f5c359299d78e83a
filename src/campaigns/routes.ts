import { Hono } from "hono";
import { byLanguage, type App } from "../http.ts";
import { listCampaigns, readCampaign, readText } from "./read.ts";
import { phaseOf, type Campaign, type CampaignText } from "./rules.ts";

/** What programs see of a campaign. */
function toJson(campaign: Campaign, text: CampaignText, now: number) {
  return {
    slug: campaign.slug,
    status: phaseOf(campaign, now),
    title: text.title,
    summary: text.summary,
    goal: campaign.goal,
    locales: campaign.locales,
    opensAt: new Date(campaign.opensAt).toISOString(),
    closesAt: new Date(campaign.closesAt).toISOString(),
    asks: { name: campaign.asksName, updates: campaign.asksUpdates },
    consentVersion: campaign.consentVersion,
    sealingKey: campaign.sealingKey,
  };
}

export const campaignApi = new Hono<App>()
  .get("/campaigns", async (c) => {
    const { deps, locale } = c.var;
    const campaigns = await listCampaigns(deps);
    const now = deps.clock.now();
    byLanguage(c);
    return c.json({
      campaigns: await Promise.all(
        campaigns.map(async (campaign) =>
          toJson(campaign, await readText(deps, campaign, locale), now),
        ),
      ),
    });
  })
  .get("/campaigns/:slug", async (c) => {
    const { deps, locale } = c.var;
    const campaign = await readCampaign(deps, c.req.param("slug"));
    byLanguage(c);
    return c.json(toJson(campaign, await readText(deps, campaign, locale), deps.clock.now()));
  });
