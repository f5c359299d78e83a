import { Hono } from "hono";
import { page, parse, readForm, type App, type Ctx } from "../../http.ts";
import type { Picked } from "../../integrity/rules.ts";
import { review } from "../../integrity/review.ts";
import { pickedInput, takingInput } from "../../integrity/schema.ts";
import {
  bringBack,
  countPicked,
  letCount,
  pickedFrom,
  takeOut,
  takeOutQuarantined,
} from "../../integrity/take-out.ts";
import { DAY } from "../../lib/clock.ts";
import { invalid } from "../../lib/problem.ts";
import { wake } from "../../mail/enqueue.ts";
import { campaignOf, needs } from "../door/door.ts";
import { fresh } from "../door/fresh.tsx";
import { formErrors, NOTHING, type FormState } from "../form.tsx";
import { tellOwners } from "../notices.ts";
import { IntegrityPage } from "./pages.tsx";

/** Whether a campaign's signatures are real: what stands out, what is held, what is taken out. */
export const integritySite = new Hono<App>();

/** A group that was chosen, and how many it is. */
interface Chosen {
  picked: Picked;
  count: number | null;
}

async function integrityPage(c: Ctx, chosen: Chosen | null, state: FormState, status: 200 | 422) {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  return page(
    c,
    <IntegrityPage
      organizer={organizer}
      campaign={campaign}
      review={await review(deps, campaign)}
      chosen={chosen}
      state={state}
      settings={deps.settings}
    />,
    status,
  );
}

/** What the form asks for; a box that is ticked is one of the providers. */
function asked(c: Ctx): Record<string, string> {
  const providers = (c.req.queries("provider") ?? []).join(",");
  return { ...c.req.query(), providers };
}

integritySite.get("/:slug/integrity", needs("organizer"), async (c) => {
  const { deps } = c.var;
  if (c.req.query("look") === undefined) return integrityPage(c, null, NOTHING, 200);
  const { slug } = await campaignOf(c);
  const values = asked(c);
  try {
    const picked = await pickedFrom(deps, slug, parse(pickedInput, values));
    const count = await countPicked(deps, slug, picked);
    return await integrityPage(c, { picked, count }, { values, errors: [] }, 200);
  } catch (error) {
    return integrityPage(c, null, { values, errors: formErrors(error) }, 422);
  }
});

integritySite.post("/:slug/integrity", needs("owner"), fresh(), async (c) => {
  const { deps, organizer } = c.var;
  const { slug } = await campaignOf(c);
  const form = await readForm(c);
  try {
    const { act, hold, reason, note } = parse(takingInput, form);
    if (act === "take" && !reason) throw invalid([{ path: "reason", message: "value.invalid" }]);
    const by = organizer.id;
    const days = String(Math.round(deps.settings.BRING_BACK_MS / DAY));
    const told = await (act === "take"
      ? tellOwners(deps, by, slug, "taken-out", { days })
      : tellOwners(deps, by, slug, "brought-back"));
    if (act !== "take" || !reason) {
      const release = act === "back" ? bringBack : letCount;
      await release(deps, slug, hold ?? "", { by, told });
    } else {
      const taking = { by, reason, note, told };
      if (hold) await takeOutQuarantined(deps, slug, hold, taking);
      else {
        const picked = await pickedFrom(deps, slug, parse(pickedInput, form));
        await takeOut(deps, slug, picked, taking);
      }
    }
  } catch (error) {
    return integrityPage(c, null, { values: form, errors: formErrors(error) }, 422);
  }
  await wake(deps);
  return c.redirect(`/organize/${slug}/integrity`, 303);
});
