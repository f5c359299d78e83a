import { Hono } from "hono";
import { readCampaign } from "../campaigns/read.ts";
import { cacheable, parse, type App } from "../http.ts";
import { attribution, lookup, publicRecipient } from "./lookup.ts";
import { lookupQuery } from "./schema.ts";

export const recipientApi = new Hono<App>().get("/campaigns/:slug/recipients", async (c) => {
  const { deps } = c.var;
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const { people, next } = await lookup(deps, campaign, parse(lookupQuery, c.req.query()));
  cacheable(c, deps.settings.DIRECTORY_MAX_AGE_S);
  return c.json({
    recipients: people.map(publicRecipient),
    next,
    attribution: await attribution(deps),
  });
});
