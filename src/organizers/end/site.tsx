import { Hono } from "hono";
import * as z from "zod";
import { page, parse, readForm, type App, type Ctx } from "../../http.ts";
import { invalid } from "../../lib/problem.ts";
import { askShred, stopShred } from "../../privacy/shred.ts";
import { campaignOf, needs } from "../door/door.ts";
import { fresh } from "../door/fresh.tsx";
import { formErrors, NOTHING, type FormState } from "../form.tsx";
import { alertsTo } from "../notices.ts";
import { EndPage } from "./pages.tsx";

/** A campaign's end, step by step. */
export const endSite = new Hono<App>();

const endInput = z.object({
  act: z.enum(["shred", "stop"], "value.invalid"),
  name: z.string().optional(),
});

async function endPage(c: Ctx, state: FormState, status: 200 | 422) {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  return page(
    c,
    <EndPage organizer={organizer} campaign={campaign} now={deps.clock.now()} state={state} />,
    status,
  );
}

endSite.get("/:slug/end", needs("owner"), (c) => endPage(c, NOTHING, 200));

endSite.post("/:slug/end", needs("owner"), fresh(), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const { slug, version } = campaign;
  const form = await readForm(c);
  const { act, name } = parse(endInput, form);
  try {
    if (act === "stop") {
      const alerts = await alertsTo(deps, organizer.id, slug, "shred-stopped", version, {});
      await stopShred(deps, organizer.id, campaign, alerts);
    } else {
      if (name?.trim() !== slug) throw invalid([{ path: "name", message: "end.name" }]);
      const due = new Date(deps.clock.now() + deps.settings.SHRED_AFTER_MS).toISOString();
      const alerts = await alertsTo(deps, organizer.id, slug, "shred", version, { due });
      await askShred(deps, organizer.id, campaign, alerts);
    }
  } catch (error) {
    return endPage(c, { values: form, errors: formErrors(error) }, 422);
  }
  return c.redirect(`/organize/${slug}/end`, 303);
});
