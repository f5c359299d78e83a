import type { FC } from "hono/jsx";
import { BECAUSE_POINTS, CHANGE_STATUSES, GRADES } from "../../measures/schema.ts";
import { FreshNote } from "../door/pages.tsx";
import { Errors, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import { t } from "../texts.ts";

/** Where an owner says what has changed about a fact or a cell of the table, with its source. */
export const ChangePage: FC<{
  organizer: Organizer;
  measure: string;
  text: string;
  isFact: boolean;
  state: FormState;
}> = ({ organizer, measure, text, isFact, state }) => {
  const fitting = CHANGE_STATUSES.filter((status) =>
    isFact ? ["no_longer", "as_before"].includes(status) : status !== "no_longer",
  );
  return (
    <OrganizeLayout title={t("facts.change_title")} organizer={organizer}>
      <h1>{t("facts.change_title")}</h1>
      <p>{t("facts.as_it_was", { text })}</p>
      <p>{t("facts.change_lead")}</p>
      <FreshNote organizer={organizer} to={`/organize/facts/${measure}`} />
      <Errors errors={state.errors} />
      <form method="post" action={`/organize/facts/${measure}/source`}>
        <input type="hidden" name="act" value="change" />
        <label for="status">{t("facts.now")}</label>
        <select id="status" name="status" required>
          {fitting.map((status) => (
            <option value={status} selected={state.values["status"] === status}>
              {t(`facts.status.${status}`)}
            </option>
          ))}
        </select>
        <TextField
          name="since"
          label={t("facts.since")}
          help={t("facts.since_help")}
          state={state}
        />
        <TextField
          name="because"
          label={t("facts.because")}
          help={t("facts.because_help", { count: BECAUSE_POINTS })}
          state={state}
          required
        />
        <label for="grade">{t("facts.grade")}</label>
        <select id="grade" name="grade" required>
          {GRADES.map((grade) => (
            <option value={grade} selected={(state.values["grade"] ?? "B") === grade}>
              {t(`facts.grade.${grade}`)}
            </option>
          ))}
        </select>
        <TextField name="source" label={t("facts.where")} type="url" state={state} required />
        <button type="submit">{t("facts.propose_change")}</button>
      </form>
    </OrganizeLayout>
  );
};
