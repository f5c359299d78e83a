import { Hono } from "hono";
import * as z from "zod";
import { readLog } from "../../audit/read.ts";
import { page, parse, readForm, type App, type Ctx } from "../../http.ts";
import { campaignOf, needs } from "../door/door.ts";
import { fresh } from "../door/fresh.tsx";
import { formErrors, NOTHING, type FormState } from "../form.tsx";
import { ROLES } from "../rules.ts";
import { giveRole, listMembers, takeRole } from "./invite.ts";
import { LogPage, MembersPage } from "./pages.tsx";

/** Who may do what in a campaign, and who did what. */
export const peopleSite = new Hono<App>();

const memberInput = z.object({ email: z.string(), role: z.enum(ROLES, "value.invalid") });

async function membersPage(c: Ctx, state: FormState, status: 200 | 422) {
  const campaign = await campaignOf(c);
  const members = await listMembers(c.var.deps, campaign.slug);
  const { organizer } = c.var;
  return page(
    c,
    <MembersPage organizer={organizer} campaign={campaign} members={members} state={state} />,
    status,
  );
}

peopleSite.get("/:slug/members", needs("owner"), (c) => membersPage(c, NOTHING, 200));

peopleSite.post("/:slug/members", needs("owner"), fresh(), async (c) => {
  const { deps, organizer } = c.var;
  const form = await readForm(c);
  const campaign = c.req.param("slug");
  try {
    if (form["take"]) await takeRole(deps, organizer.id, { campaign, organizer: form["take"] });
    else {
      const { email, role } = parse(memberInput, form);
      await giveRole(deps, organizer.id, { campaign, address: email.trim(), role });
    }
  } catch (error) {
    return membersPage(c, { values: form, errors: formErrors(error) }, 422);
  }
  return c.redirect(`/organize/${campaign}/members`, 303);
});

peopleSite.get("/:slug/log", needs("viewer"), async (c) => {
  const campaign = await campaignOf(c);
  const before = Number(c.req.query("before")) || undefined;
  const log = await readLog(c.var.deps, campaign.slug, before);
  return page(c, <LogPage organizer={c.var.organizer} campaign={campaign} log={log} />);
});
