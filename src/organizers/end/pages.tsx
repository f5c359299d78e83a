import type { FC } from "hono/jsx";
import { phaseOf, type Campaign } from "../../campaigns/rules.ts";
import { Errors, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import { say } from "../texts.ts";
import { moment } from "../words.ts";

const at = (ms: number) => moment(new Date(ms).toISOString());

/** What the end of a campaign takes, and what cannot be undone. */
export const EndPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  now: number;
  state: FormState;
}> = ({ organizer, campaign, now, state }) => {
  const over = phaseOf(campaign, now) === "closed";
  const { shreddedAt, shredDueAt } = campaign;
  return (
    <OrganizeLayout title={say("end.title")} organizer={organizer} campaign={campaign}>
      <h1>{say("end.title")}</h1>
      <ol>
        <li>{say("end.close")}</li>
        <li>{say("end.list")}</li>
        <li>{say("end.shred")}</li>
      </ol>
      <h2>{say("end.shred_title")}</h2>
      <p>{say("end.shred_lead")}</p>
      {shreddedAt !== null && <p class="note">{say("end.done", { at: at(shreddedAt) })}</p>}
      {shreddedAt === null && !over && <p class="note">{say("end.not_over")}</p>}
      {shreddedAt === null && shredDueAt !== null && (
        <form method="post" action={`/organize/${campaign.slug}/end`}>
          <p class="form-error" role="alert">
            {say("end.due", { at: at(shredDueAt) })}
          </p>
          <button type="submit" name="act" value="stop">
            {say("end.stop")}
          </button>
        </form>
      )}
      {shreddedAt === null && shredDueAt === null && over && (
        <form method="post" action={`/organize/${campaign.slug}/end`}>
          <Errors errors={state.errors} />
          <TextField
            name="name"
            label={say("end.type", { name: campaign.slug })}
            help={say("end.fresh")}
            state={state}
            required
          />
          <button type="submit" class="danger" name="act" value="shred">
            {say("end.submit")}
          </button>
        </form>
      )}
    </OrganizeLayout>
  );
};
