import { Hono } from "hono";
import * as z from "zod";
import { page, parse, readForm, type App, type Ctx } from "../../http.ts";
import { decide, listHeld } from "../../letters/held.ts";
import { countByRecipient, hadNone } from "../../letters/ledger.ts";
import { listOptOuts } from "../../letters/opt-out.ts";
import { areLettersOff } from "../../letters/switch.ts";
import { tryLetter } from "../../letters/try.ts";
import { countPress } from "../../mail/press.ts";
import { Problem } from "../../lib/problem.ts";
import { campaignOf, needs } from "../door/door.ts";
import { fresh } from "../door/fresh.tsx";
import { ownAddress } from "../people/invite.ts";
import { t } from "../texts.ts";
import { LettersPage } from "./pages.tsx";

/** A campaign's letters: what became of them, those that wait for a look, a test to oneself. */
export const lettersSite = new Hono<App>();

async function lettersPage(c: Ctx, said: string | null) {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const [recipients, held, optOuts, off] = await Promise.all([
    countByRecipient(deps, campaign),
    listHeld(deps, campaign),
    listOptOuts(deps, campaign.slug),
    areLettersOff(deps),
  ]);
  return page(
    c,
    <LettersPage
      organizer={organizer}
      campaign={campaign}
      recipients={recipients}
      held={held}
      none={await hadNone(deps, campaign, recipients)}
      optOuts={optOuts}
      off={off}
      said={said}
    />,
  );
}

lettersSite.get("/:slug/letters", needs("viewer"), (c) => lettersPage(c, null));

lettersSite.post("/:slug/letters/try", needs("owner"), fresh(1), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  if (campaign.status !== "draft") throw new Problem(409, "letters.try_draft");
  await countPress(deps, organizer.id);
  const name = await tryLetter(deps, campaign, await ownAddress(deps, campaign.slug, organizer.id));
  return lettersPage(c, name === null ? t("letters.test_none") : t("letters.test_done", { name }));
});

const heldInput = z.object({ decision: z.enum(["send", "refuse"], "value.invalid") });

lettersSite.post("/:slug/letters/:id", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const { decision } = parse(heldInput, await readForm(c));
  await decide(deps, organizer.id, campaign, c.req.param("id"), decision);
  return c.redirect(`/organize/${campaign.slug}/letters`, 303);
});
