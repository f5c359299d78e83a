import { Hono } from "hono";
import { readCampaign } from "../campaigns/read.ts";
import { cacheable, noStore, parse, requireOperator, type App } from "../http.ts";
import { attribution, lookup, publicRecipient } from "./lookup.ts";
import { lookupQuery, SOURCES } from "./schema.ts";
import { directoryChanges, directoryState } from "./store.ts";
import { startSync } from "./sync.ts";

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

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

export const directoryRoutes = new Hono<App>()
  .get("/organize/api/recipients", async (c) => {
    requireOperator(c);
    noStore(c);
    const { deps } = c.var;
    const sources = (await directoryState(deps)).map((state) => ({
      ...state,
      alarmAt: iso(state.alarmAt),
      publishedAt: iso(state.publishedAt),
      startedAt: iso(state.startedAt),
      dueAt: iso(state.dueAt),
    }));
    return c.json({ sources, ...(await directoryChanges(deps)) });
  })
  .post("/organize/api/recipients/sync", async (c) => {
    requireOperator(c);
    noStore(c);
    const started = await Promise.all(SOURCES.map((source) => startSync(c.var.deps, source)));
    return c.json({ started: SOURCES.filter((_, place) => started[place]) }, 202);
  });
