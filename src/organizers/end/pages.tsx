import type { FC } from "hono/jsx";
import { phaseOf, type Campaign } from "../../campaigns/rules.ts";
import { FreshNote } from "../door/pages.tsx";
import { Errors, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import { t } from "../texts.ts";
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
    <OrganizeLayout title={t("end.title")} organizer={organizer} campaign={campaign}>
      <h1>{t("end.title")}</h1>
      <ol>
        <li>{t("end.close")}</li>
        <li>{t("end.list")}</li>
        <li>{t("end.shred")}</li>
      </ol>
      <FreshNote organizer={organizer} to={`/organize/${campaign.slug}/end`} />
      <h2>{t("end.shred_title")}</h2>
      <p>{t("end.shred_lead")}</p>
      {shreddedAt !== null && <p class="note">{t("end.done", { at: at(shreddedAt) })}</p>}
      {shreddedAt === null && !over && <p class="note">{t("end.not_over")}</p>}
      {shreddedAt === null && shredDueAt !== null && (
        <form method="post" action={`/organize/${campaign.slug}/end`}>
          <p class="form-error" role="alert">
            {t("end.due", { at: at(shredDueAt) })}
          </p>
          <button type="submit" name="act" value="stop">
            {t("end.stop")}
          </button>
        </form>
      )}
      {shreddedAt === null && shredDueAt === null && over && (
        <form method="post" action={`/organize/${campaign.slug}/end`}>
          <Errors errors={state.errors} />
          <TextField
            name="name"
            label={t("end.type", { name: campaign.slug })}
            help={t("end.fresh")}
            state={state}
            required
          />
          <button type="submit" class="danger" name="act" value="shred">
            {t("end.submit")}
          </button>
        </form>
      )}
    </OrganizeLayout>
  );
};
