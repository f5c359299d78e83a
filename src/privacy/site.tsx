import { Hono } from "hono";
import { listCampaigns, readText } from "../campaigns/read.ts";
import { cacheable, page, type App } from "../http.ts";
import { PrivacyPage } from "./pages.tsx";

export const privacySite = new Hono<App>();

privacySite.get("/:locale/privacy", async (c) => {
  const { deps, locale } = c.var;
  const campaigns = await Promise.all(
    (await listCampaigns(deps)).map(async (campaign) => {
      const { title, runBy } = await readText(deps, campaign, locale);
      return { title, runBy, contact: campaign.contact };
    }),
  );
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  return page(c, <PrivacyPage locale={locale} settings={deps.settings} campaigns={campaigns} />);
});
