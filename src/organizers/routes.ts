import { Hono } from "hono";
import * as z from "zod";
import { changeStatus, readAnyCampaign, takeOver } from "../campaigns/save.ts";
import { line } from "../campaigns/schema.ts";
import { isOperator, parse, readJson, type App } from "../http.ts";
import { decide, listHeld } from "../letters/held.ts";
import { countByRecipient, hadNone } from "../letters/ledger.ts";
import { listOptOuts } from "../letters/opt-out.ts";
import { reviewClaims } from "../letters/review.ts";
import { switchLetters } from "../letters/switch.ts";
import { check } from "../measures/check.ts";
import { checkInput } from "../measures/schema.ts";
import { TOKEN_PURPOSES } from "../lib/tokens.ts";
import { readMailHealth, readMailOutcomes } from "../mail/health.ts";
import { liftSuppression } from "../mail/suppress.ts";
import { rewrap } from "./rewrap.ts";
import { shred } from "../privacy/shred.ts";
import { directoryReport } from "../recipients/lookup.ts";
import { replaceTokenSecret } from "../secrets/read.ts";
import { startDirectorySync } from "./room/sync.ts";
import { readLog } from "../audit/read.ts";
import { dashboard, dashboardCsv } from "./campaign/dashboard.ts";
import { emailFault } from "../lib/email.ts";
import { invalid } from "../lib/problem.ts";
import { dropMails, release, sendAgain } from "../mail/again.ts";
import { readTally } from "../tallies/read.ts";
import { wake } from "../mail/enqueue.ts";
import { needs, operatorOnly } from "./door/door.ts";
import { fresh } from "./door/fresh.tsx";
import { readExport, startExport } from "./keys/exports.ts";
import { inviteFirst } from "./people/invite.ts";
import { canaries, reportCanary, setKeys, testSeal } from "./keys/keys.ts";
import { tellOfAllLetters, tellOwners } from "./notices.ts";
import { readOutcomes } from "./room/outcomes.ts";
import { requireStillSo } from "./room/proposals.ts";
import { changeUpdate, handOverUpdate, handOverInput } from "./updates/updates.ts";

const decision = z.strictObject({ decision: z.enum(["send", "refuse"], "value.invalid") });
const tokenSecretInput = z.strictObject({ purpose: z.enum(TOKEN_PURPOSES, "value.invalid") });
const switchInput = z.strictObject({ on: z.boolean("value.not_boolean") });
const statusInput = z.strictObject({
  to: z.enum(["open", "closed"], "value.invalid"),
  runBy: line(400).optional(),
  contact: line(200).optional(),
});
const invitation = z.strictObject({ email: z.string("email.missing").trim() });
const keptInput = z.strictObject({
  kind: line(40),
  state: z.enum(["failed", "unknown"], "value.invalid"),
  reason: line(80),
});
const logQuery = z.object({ before: z.coerce.number("value.invalid").int().optional() });

const key = z.string("value.invalid").max(60, "value.invalid");
const sealsInput = z.strictObject({ publicKeys: z.array(key, "value.invalid").min(1).max(2) });
const keysInput = z.strictObject({
  publicKey: key,
  secondKey: key,
  proof: key,
  secondProof: key,
  oldProof: key.optional(),
});
const canaryInput = z.strictObject({ publicKey: key, proof: key.nullable() });
const exportInput = z.strictObject({ why: z.enum(["list", "updates"], "value.invalid") });
const exportPageInput = z.strictObject({
  after: z
    .string()
    .regex(/^[0-9a-f]{32}$/, "value.invalid")
    .optional(),
});
const updateStateInput = z.strictObject({
  to: z.enum(["sending", "stopped", "sent"], "value.invalid"),
});

/** What organizers' pages and scripts call. Each route says who may. */
export const organizerApi = new Hono<App>()
  .post("/api/organizers", operatorOnly, async (c) => {
    const { email } = await readJson(c, invitation);
    return c.json({ campaigns: await inviteFirst(c.var.deps, email) }, 201);
  })
  .post("/api/secrets/rewrap", operatorOnly, async (c) => c.json(await rewrap(c.var.deps)))
  .post("/api/secrets/tokens", operatorOnly, async (c) => {
    const { purpose } = await readJson(c, tokenSecretInput);
    await replaceTokenSecret(c.var.deps, "operator", purpose);
    return c.body(null, 204);
  })
  .post("/api/campaigns/:slug/status", operatorOnly, async (c) => {
    const { deps } = c.var;
    const { to, ...who } = await readJson(c, statusInput);
    const slug = c.req.param("slug");
    const campaign = await readAnyCampaign(deps, slug);
    if (to === "open" && who.runBy && who.contact) {
      await takeOver(deps, "operator", campaign, { runBy: who.runBy, contact: who.contact });
    }
    const told = await tellOwners(deps, "operator", slug, "status", { to });
    await changeStatus(deps, "operator", await readAnyCampaign(deps, slug), to, told);
    await wake(deps);
    return c.body(null, 204);
  })
  .post("/api/campaigns/:slug/shred", operatorOnly, async (c) => {
    await shred(c.var.deps, "operator", c.req.param("slug"));
    return c.body(null, 204);
  })
  .post("/api/letters", operatorOnly, async (c) => {
    const { deps } = c.var;
    const { on } = await readJson(c, switchInput);
    await switchLetters(deps, "operator", on, await tellOfAllLetters(deps, on));
    await wake(deps);
    return c.body(null, 204);
  })
  .get("/api/mail", needs("viewer", "anywhere"), async (c) => {
    const { deps } = c.var;
    const health = await readMailHealth(deps);
    return c.json(isOperator(c) ? { ...health, ...(await readMailOutcomes(deps)) } : health);
  })
  .post("/api/mail/again", operatorOnly, async (c) => {
    const kept = await readJson(c, keptInput);
    return c.json({ count: await sendAgain(c.var.deps, "operator", kept) });
  })
  .post("/api/mail/drop", operatorOnly, async (c) => {
    const kept = await readJson(c, keptInput);
    return c.json({ count: await dropMails(c.var.deps, "operator", kept) });
  })
  .post("/api/mail/release", operatorOnly, async (c) =>
    c.json({ released: await release(c.var.deps, "operator") }),
  )
  .post("/api/mail/lift", operatorOnly, async (c) => {
    const { email } = await readJson(c, invitation);
    if (emailFault(email)) throw invalid([{ path: "email", message: "email.malformed" }]);
    return c.json({ lifted: await liftSuppression(c.var.deps, "operator", email) });
  })
  .get("/api/jobs", needs("viewer", "anywhere"), async (c) =>
    c.json({ jobs: await readOutcomes(c.var.deps) }),
  )
  .get("/api/recipients", needs("viewer", "anywhere"), async (c) =>
    c.json(await directoryReport(c.var.deps)),
  )
  .post("/api/recipients/sync", needs("organizer", "anywhere"), async (c) =>
    c.json({ started: await startDirectorySync(c.var.deps, c.var.organizer.id) }, 202),
  )
  .get("/api/measures", needs("viewer", "anywhere"), async (c) =>
    c.json(await reviewClaims(c.var.deps)),
  )
  .post("/api/measures/:id/checks", needs("organizer", "anywhere"), async (c) => {
    const { deps, organizer } = c.var;
    const input = await readJson(c, checkInput);
    if (!isOperator(c)) await requireStillSo(deps, c.req.param("id"), input);
    await check(deps, organizer.id, c.req.param("id"), input);
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
    const [recipients, held, optOuts] = await Promise.all([
      countByRecipient(deps, campaign),
      listHeld(deps, campaign),
      listOptOuts(deps, campaign.slug),
    ]);
    const none = await hadNone(deps, campaign, recipients);
    return c.json({ recipients, held, hadNone: none.map((one) => one.id), optOuts });
  })
  .post("/api/campaigns/:slug/letters/:id", needs("organizer"), async (c) => {
    const { deps, organizer } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    const input = await readJson(c, decision);
    await decide(deps, organizer.id, campaign, c.req.param("id"), input.decision);
    return c.body(null, 204);
  })
  .get("/api/campaigns/:slug/canaries", needs("organizer"), async (c) => {
    const { deps } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    return c.json({ canaries: await canaries(deps, campaign) });
  })
  .post("/api/campaigns/:slug/canaries", needs("organizer"), async (c) => {
    const { deps, organizer } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    await reportCanary(deps, organizer.id, campaign, await readJson(c, canaryInput));
    return c.body(null, 204);
  })
  .post("/api/campaigns/:slug/seals", needs("owner"), fresh(), async (c) => {
    const { deps } = c.var;
    const slug = c.req.param("slug");
    const { publicKeys } = await readJson(c, sealsInput);
    const seals = await Promise.all(publicKeys.map((key) => testSeal(deps, slug, key)));
    return c.json({ seals });
  })
  .post("/api/campaigns/:slug/keys", needs("owner"), fresh(), async (c) => {
    const { deps, organizer } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    await setKeys(deps, organizer.id, campaign, await readJson(c, keysInput));
    return c.body(null, 204);
  })
  .post("/api/campaigns/:slug/exports", needs("owner"), fresh(), async (c) => {
    const { deps, organizer } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    const { why } = await readJson(c, exportInput);
    const { total } = await readTally(deps, campaign);
    return c.json({ id: await startExport(deps, organizer.id, campaign, why), total }, 201);
  })
  .post("/api/campaigns/:slug/exports/:id", needs("owner"), async (c) => {
    const { deps, organizer } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    const { after = null } = await readJson(c, exportPageInput);
    return c.json(await readExport(deps, organizer.id, campaign, c.req.param("id"), after));
  })
  .post("/api/campaigns/:slug/updates/:id", needs("organizer"), async (c) => {
    const { deps, organizer } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    const { to } = await readJson(c, updateStateInput);
    await changeUpdate(deps, organizer.id, campaign, c.req.param("id"), to);
    return c.body(null, 204);
  })
  .post("/api/campaigns/:slug/updates/:id/mails", needs("organizer"), async (c) => {
    const { deps } = c.var;
    const campaign = await readAnyCampaign(deps, c.req.param("slug"));
    const input = await readJson(c, handOverInput);
    return c.json({ handed: await handOverUpdate(deps, campaign, c.req.param("id"), input) }, 202);
  });
