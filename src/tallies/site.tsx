import { Hono } from "hono";
import { frame } from "../campaigns/frame.ts";
import { readCampaign } from "../campaigns/read.ts";
import { cacheable, page, type App } from "../http.ts";
import { TallyPage } from "./pages.tsx";
import { readTally } from "./read.ts";

export const tallySite = new Hono<App>();

tallySite.get("/:locale/:slug/tally", async (c) => {
  const { deps } = c.var;
  const campaign = await readCampaign(deps, c.req.param("slug"));
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  const tally = await readTally(deps, campaign);
  return page(
    c,
    <TallyPage {...await frame(c, campaign)} tally={tally} settings={deps.settings} />,
  );
});
