import { Hono } from "hono";
import * as z from "zod";
import { readAnyCampaign } from "../campaigns/save.ts";
import { parse, readJson, type App } from "../http.ts";
import { check, reviewClaims } from "../letters/check.ts";
import { decide, listHeld } from "../letters/held.ts";
import { countByRecipient } from "../letters/ledger.ts";
import { checkInput } from "../letters/schema.ts";
import { readMailHealth } from "../mail/health.ts";
import { directoryReport } from "../recipients/lookup.ts";
import { startSyncs } from "../recipients/sync.ts";
import { readLog } from "./audit.ts";
import { dashboard, dashboardCsv } from "./dashboard.ts";
import { needs, operatorOnly } from "./door.ts";
import { inviteFirst } from "./invite.ts";

const decision = z.strictObject({ decision: z.enum(["send", "refuse"], "value.invalid") });
const invitation = z.strictObject({ email: z.string("email.missing").trim() });
const logQuery = z.object({ before: z.coerce.number("value.invalid").int().optional() });

/** What organizers' pages and scripts call. Each route says who may. */
export const organizerApi = new Hono<App>()
  .post("/api/organizers", operatorOnly, async (c) => {
    const { email } = await readJson(c, invitation);
    return c.json({ campaigns: await inviteFirst(c.var.deps, email) }, 201);
  })
  .get("/api/mail", needs("viewer", "anywhere"), async (c) =>
    c.json(await readMailHealth(c.var.deps)),
  )
  .get("/api/recipients", needs("viewer", "anywhere"), async (c) =>
    c.json(await directoryReport(c.var.deps)),
  )
  .post("/api/recipients/sync", needs("organizer", "anywhere"), async (c) =>
    c.json({ started: await startSyncs(c.var.deps) }, 202),
  )
  .get("/api/measures", needs("viewer", "anywhere"), async (c) =>
    c.json(await reviewClaims(c.var.deps)),
  )
  .post("/api/measures/:id/checks", needs("organizer", "anywhere"), async (c) => {
    const input = await readJson(c, checkInput);
    await check(c.var.deps, c.var.organizer.id, c.req.param("id"), input);
    return c.body(null, 204);
  })
  .get("/api/campaigns/:slug/dashboard", needs("viewer"), async (c) => {
    const { deps } = c.var;
    return c.json(await dashboard(deps, await readAnyCampaign(deps, c.req.param("slug"))));
  })
  .get("/api/campaigns/:slug/dashboard.csv", needs("viewer"), async (c) => {
    const { deps } = c.var;
    const slug = c.req.param("slug");
    const csv = dashboardCsv(await dashboard(deps, await readAnyCampaign(deps, slug)));
    return c.body(csv, 200, {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${slug}-figures.csv"`,
    });
  })
  .get("/api/campaigns/:slug/log", needs("viewer"), async (c) => {
    const { before } = parse(logQuery, c.req.query());
    return c.json(await readLog(c.var.deps, c.req.param("slug"), before));
  })
  .get("/api/campaigns/:slug/letters", needs("viewer"), async (c) => {
    const { deps } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    return c.json({
      recipients: await countByRecipient(deps, campaign),
      held: await listHeld(deps, campaign),
    });
  })
  .post("/api/campaigns/:slug/letters/:id", needs("organizer"), async (c) => {
    const { deps, organizer } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    const input = await readJson(c, decision);
    await decide(deps, organizer.id, campaign, c.req.param("id"), input.decision);
    return c.body(null, 204);
  });
