import { Hono } from "hono";
import { frame } from "../campaigns/frame.ts";
import { readCampaign } from "../campaigns/read.ts";
import { cacheable, page, type App } from "../http.ts";
import { IntegrityPage } from "./pages.tsx";
import { readIntegrity } from "./read.ts";

export const integritySite = new Hono<App>();

integritySite.get("/:locale/:slug/integrity", async (c) => {
  const { deps } = c.var;
  const campaign = await readCampaign(deps, c.req.param("slug"));
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  const integrity = await readIntegrity(deps, campaign);
  return page(
    c,
    <IntegrityPage {...await frame(c, campaign)} integrity={integrity} settings={deps.settings} />,
  );
});
