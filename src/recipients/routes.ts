import { Hono } from "hono";
import { cacheable, parse, type App } from "../http.ts";
import { lookup, publicRecipient } from "./lookup.ts";
import { lookupQuery } from "./schema.ts";

export const recipientApi = new Hono<App>().get("/campaigns/:slug/recipients", async (c) => {
  const { deps } = c.var;
  const query = parse(lookupQuery, c.req.query());
  const { people, next, attribution } = await lookup(deps, c.req.param("slug"), query);
  cacheable(c, deps.settings.DIRECTORY_MAX_AGE_S);
  return c.json({ recipients: people.map(publicRecipient), next, attribution });
});
