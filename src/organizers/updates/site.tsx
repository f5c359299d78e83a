import { Hono } from "hono";
import { page, parse, readForm, type App, type Ctx } from "../../http.ts";
import { campaignOf, needs } from "../door/door.ts";
import { formErrors, NOTHING, type FormState } from "../form.tsx";
import { UpdatePage, UpdatesPage } from "./pages.tsx";
import { draftUpdate, listUpdates, readUpdate, testUpdate, updateInput } from "./updates.ts";

/** News to those who asked for it. */
export const updateSite = new Hono<App>();

async function updatesPage(c: Ctx, state: FormState, status: 200 | 422) {
  const campaign = await campaignOf(c);
  const updates = await listUpdates(c.var.deps, campaign);
  const { organizer } = c.var;
  return page(
    c,
    <UpdatesPage organizer={organizer} campaign={campaign} updates={updates} state={state} />,
    status,
  );
}

updateSite.get("/:slug/updates", needs("organizer"), (c) => updatesPage(c, NOTHING, 200));

updateSite.post("/:slug/updates", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const form = await readForm(c);
  try {
    const input = parse(updateInput, { subject: form["subject"], markdown: form["markdown"] });
    const id = await draftUpdate(deps, organizer.id, campaign, input);
    return c.redirect(`/organize/${campaign.slug}/updates/${id}`, 303);
  } catch (error) {
    return updatesPage(c, { values: form, errors: formErrors(error) }, 422);
  }
});

updateSite.get("/:slug/updates/:id", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  return page(
    c,
    <UpdatePage
      organizer={organizer}
      campaign={campaign}
      update={await readUpdate(deps, campaign, c.req.param("id"))}
      batch={deps.settings.UPDATE_BATCH}
    />,
  );
});

updateSite.post("/:slug/updates/:id/test", needs("organizer"), async (c) => {
  const campaign = await campaignOf(c);
  const id = c.req.param("id");
  await testUpdate(c.var.deps, c.var.organizer.id, campaign, id);
  return c.redirect(`/organize/${campaign.slug}/updates/${id}`, 303);
});
