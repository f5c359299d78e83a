import { Hono } from "hono";
import * as z from "zod";
import { listBySlugs } from "../../campaigns/read.ts";
import { createCampaign } from "../../campaigns/save.ts";
import { slug as slugInput } from "../../campaigns/schema.ts";
import { page, parse, readForm, type App, type Ctx } from "../../http.ts";
import { reviewClaims } from "../../letters/review.ts";
import { check, claimNamed } from "../../measures/check.ts";
import { unclaimedCells } from "../../measures/read.ts";
import { changeInput, checkInput } from "../../measures/schema.ts";
import { dayOf } from "../../lib/clock.ts";
import { notFound, Problem } from "../../lib/problem.ts";
import { readDoor, switchDoor } from "../../mail/door.ts";
import { readMailHealth } from "../../mail/health.ts";
import { directoryReport } from "../../recipients/lookup.ts";
import { doorMark, needs, organizerToken, signedInOrganizer } from "../door/door.ts";
import { fresh } from "../door/fresh.tsx";
import { SignInPage } from "../door/pages.tsx";
import { listSessions } from "../door/sign-in.ts";
import { formErrors, NOTHING, type FormState } from "../form.tsx";
import { tellOfDoor } from "../notices.ts";
import type { Organizer } from "../rules.ts";
import { loadOrganizeTexts } from "../texts.ts";
import { readOutcomes } from "./outcomes.ts";
import { ChangePage } from "./change-page.tsx";
import { DirectoryPage, FactsPage, HomePage, MailPage } from "./pages.tsx";
import {
  confirmProposal,
  dropProposal,
  listProposals,
  proposeChange,
  proposeSource,
  requireStillSo,
} from "./proposals.ts";
import { startDirectorySync } from "./sync.ts";

/** What belongs to no campaign: the first page, mail, the directory, the facts. */
export const roomSite = new Hono<App>();

async function homePage(c: Ctx, organizer: Organizer, state: FormState, status: 200 | 422) {
  const { deps } = c.var;
  return page(
    c,
    <HomePage
      organizer={organizer}
      campaigns={await listBySlugs(deps, [...organizer.roles.keys()])}
      sessions={await listSessions(deps, organizer.id, organizerToken(c))}
      state={state}
    />,
    status,
  );
}

roomSite.get("/", async (c) => {
  const { deps } = c.var;
  await loadOrganizeTexts(deps);
  const organizer = await signedInOrganizer(c);
  if (!organizer) return page(c, <SignInPage state={NOTHING} door={doorMark(c)} />);
  return homePage(c, organizer, NOTHING, 200);
});

roomSite.get("/mail", needs("viewer", "anywhere"), async (c) =>
  page(
    c,
    <MailPage
      organizer={c.var.organizer}
      health={await readMailHealth(c.var.deps)}
      atDoor={await readDoor(c.var.deps)}
      jobs={await readOutcomes(c.var.deps)}
    />,
  ),
);

roomSite.post("/mail", needs("owner", "anywhere"), fresh(), async (c) => {
  const { deps, organizer } = c.var;
  const form = await readForm(c);
  const is = (name: string) => form[name] === "yes";
  const door = { harder: is("harder"), slower: is("slower"), second: is("second") };
  await switchDoor(deps, organizer.id, door, (set) => tellOfDoor(deps, organizer.id, set));
  return c.redirect("/organize/mail", 303);
});

roomSite.get("/directory", needs("viewer", "anywhere"), async (c) =>
  page(c, <DirectoryPage organizer={c.var.organizer} report={await directoryReport(c.var.deps)} />),
);

roomSite.post("/directory", needs("organizer", "anywhere"), async (c) => {
  await startDirectorySync(c.var.deps, c.var.organizer.id);
  return c.redirect("/organize/directory", 303);
});

roomSite.get("/facts", needs("viewer", "anywhere"), async (c) => {
  const { deps, organizer } = c.var;
  const review = await reviewClaims(deps);
  const proposals = await listProposals(deps, organizer);
  const cells = unclaimedCells(new Set(review.claims.map(({ id }) => id)));
  const soon = dayOf(deps.clock.now() + deps.settings.EXPIRY_WARNING_MS);
  const shown = { organizer, review, proposals, cells, soon };
  return page(c, <FactsPage {...shown} />);
});

/** Where an owner says what has changed; what does not pass is shown with the errors. */
function changePage(c: Ctx, state: FormState, status: 200 | 422 = 200) {
  const measure = c.req.param("id")!;
  const claim = claimNamed(measure);
  if (!claim) throw notFound();
  const { organizer } = c.var;
  return page(c, <ChangePage {...claim} {...{ measure, organizer, state }} />, status);
}

roomSite.get("/facts/:id", needs("owner", "anywhere"), (c) => changePage(c, NOTHING));

roomSite.post("/facts/:id", needs("organizer", "anywhere"), async (c) => {
  const { deps, organizer } = c.var;
  const id = c.req.param("id");
  const { source } = await readForm(c);
  await requireStillSo(deps, id, source ? { source } : {});
  await check(deps, organizer.id, id, {});
  return c.redirect("/organize/facts", 303);
});

/** An empty field of a form is none. */
const changeForm = z.object({
  ...changeInput.shape,
  since: z.union([z.literal("").transform(() => undefined), changeInput.shape.since]),
  act: z.literal("change"),
  source: checkInput.shape.source.unwrap(),
});
const sourceField = { source: checkInput.shape.source.unwrap() };
const sourceInput = z.discriminatedUnion("act", [
  z.object({ act: z.literal("propose"), ...sourceField }),
  z.object({ act: z.enum(["confirm", "drop"]), proposal: z.string() }),
]);

roomSite.post("/facts/:id/source", needs("owner", "anywhere"), fresh(2), async (c) => {
  const { deps, organizer } = c.var;
  const id = c.req.param("id");
  const form = await readForm(c);
  if (form["act"] === "change") {
    try {
      const { source, act: _, ...change } = parse(changeForm, form);
      await proposeChange(deps, organizer, id, change, source);
    } catch (error) {
      return changePage(c, { values: form, errors: formErrors(error) }, 422);
    }
    return c.redirect("/organize/facts", 303);
  }
  const input = parse(sourceInput, form);
  if (input.act === "propose") await proposeSource(deps, organizer, id, input.source);
  else if (input.act === "confirm") await confirmProposal(deps, organizer, id, input.proposal);
  else await dropProposal(deps, organizer, id, input.proposal);
  return c.redirect("/organize/facts", 303);
});

const newCampaignInput = z.object({ slug: slugInput });

roomSite.post("/campaigns", needs("viewer", "anywhere"), async (c) => {
  const { deps, organizer } = c.var;
  if (!organizer.mayCreate) throw new Problem(403, "organizer.forbidden");
  const form = await readForm(c);
  try {
    const slug = parse(newCampaignInput, { slug: form["slug"] ?? "" }).slug;
    await createCampaign(deps, organizer.id, slug);
    return c.redirect(`/organize/${slug}/texts`, 303);
  } catch (error) {
    return homePage(c, organizer, { values: form, errors: formErrors(error) }, 422);
  }
});
