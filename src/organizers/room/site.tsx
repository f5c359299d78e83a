import { Hono } from "hono";
import * as z from "zod";
import { listBySlugs } from "../../campaigns/read.ts";
import { createCampaign } from "../../campaigns/save.ts";
import { slug as slugInput } from "../../campaigns/schema.ts";
import { page, parse, readForm, type App } from "../../http.ts";
import { check, reviewClaims } from "../../letters/check.ts";
import { checkInput } from "../../letters/schema.ts";
import { Problem } from "../../lib/problem.ts";
import { readMailHealth } from "../../mail/health.ts";
import { directoryReport } from "../../recipients/lookup.ts";
import { doorMark, needs, signedInOrganizer } from "../door/door.ts";
import { SignInPage } from "../door/pages.tsx";
import { formErrors, NOTHING } from "../form.tsx";
import { loadOrganizeTexts } from "../texts.ts";
import { readOutcomes } from "./outcomes.ts";
import { DirectoryPage, FactsPage, HomePage, MailPage } from "./pages.tsx";
import { startDirectorySync } from "./sync.ts";

/** What belongs to no campaign: the first page, mail, the directory, the facts. */
export const roomSite = new Hono<App>();

roomSite.get("/", async (c) => {
  const { deps } = c.var;
  await loadOrganizeTexts(deps);
  const organizer = await signedInOrganizer(c);
  if (!organizer) return page(c, <SignInPage state={NOTHING} door={doorMark(c)} />);
  const campaigns = await listBySlugs(deps, [...organizer.roles.keys()]);
  return page(c, <HomePage organizer={organizer} campaigns={campaigns} state={NOTHING} />);
});

roomSite.get("/mail", needs("viewer", "anywhere"), async (c) =>
  page(
    c,
    <MailPage
      organizer={c.var.organizer}
      health={await readMailHealth(c.var.deps)}
      jobs={await readOutcomes(c.var.deps)}
    />,
  ),
);

roomSite.get("/directory", needs("viewer", "anywhere"), async (c) =>
  page(c, <DirectoryPage organizer={c.var.organizer} report={await directoryReport(c.var.deps)} />),
);

roomSite.post("/directory", needs("organizer", "anywhere"), async (c) => {
  await startDirectorySync(c.var.deps, c.var.organizer.id);
  return c.redirect("/organize/directory", 303);
});

roomSite.get("/facts", needs("viewer", "anywhere"), async (c) =>
  page(c, <FactsPage organizer={c.var.organizer} review={await reviewClaims(c.var.deps)} />),
);

roomSite.post("/facts/:id", needs("organizer", "anywhere"), async (c) => {
  const { deps, organizer } = c.var;
  const { source } = await readForm(c);
  const input = parse(checkInput, source ? { source } : {});
  await check(deps, organizer.id, c.req.param("id"), input);
  return c.redirect("/organize/facts", 303);
});

roomSite.post("/campaigns", needs("viewer", "anywhere"), async (c) => {
  const { deps, organizer } = c.var;
  if (!organizer.mayCreate) throw new Problem(403, "organizer.forbidden");
  const form = await readForm(c);
  try {
    const slug = parse(z.object({ slug: slugInput }), { slug: form["slug"] ?? "" }).slug;
    await createCampaign(deps, organizer.id, slug);
    return c.redirect(`/organize/${slug}/texts`, 303);
  } catch (error) {
    const campaigns = await listBySlugs(deps, [...organizer.roles.keys()]);
    const state = { values: form, errors: formErrors(error) };
    return page(c, <HomePage organizer={organizer} campaigns={campaigns} state={state} />, 422);
  }
});
