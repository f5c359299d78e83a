import { Hono } from "hono";
import { readCampaign } from "../campaigns/read.ts";
import { cacheable, type App } from "../http.ts";
import { readTally } from "./read.ts";

export const tallyApi = new Hono<App>().get("/campaigns/:slug/tally", async (c) => {
  const { deps } = c.var;
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const tally = await readTally(deps, campaign);
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  return c.json({ ...tally, asOf: new Date(tally.asOf).toISOString() });
});
