import type { FC } from "hono/jsx";
import { formatNumber, translateLoose, translator } from "./i18n.ts";
import type { FieldError } from "../lib/problem.ts";

/** The total with its bar. With JavaScript it refreshes itself while it is seen. */
export const GoalBar: FC<{ locale: string; slug: string; total: number; goal: number }> = ({
  locale,
  slug,
  total,
  goal,
}) => {
  const t = translator(locale);
  const shown = (value: string) =>
    t("goal.progress", { total: value, goal: formatNumber(locale, goal) });
  return (
    <div
      class="goal"
      data-tally={`/api/v1/campaigns/${slug}/tally`}
      data-text={shown("{total}")}
      data-group={formatNumber(locale, 1000).slice(1, -3)}
    >
      <progress value={Math.min(total, goal)} max={goal} aria-label={t("goal.label")}></progress>
      <strong>{shown(formatNumber(locale, total))}</strong>
    </div>
  );
};

/** What is wrong with a form, above it, each line a link to its field. */
export const FormErrors: FC<{ locale: string; errors: FieldError[] }> = ({ locale, errors }) => {
  if (errors.length === 0) return null;
  const t = translator(locale);
  return (
    <div class="form-error" role="alert" id="errors" tabindex={-1}>
      <p>{t("sign.errors")}</p>
      <ul>
        {errors.map(({ path, message }) => (
          <li>
            <a href={`#${path}`}>{fieldMessage(locale, message)}</a>
          </li>
        ))}
      </ul>
    </div>
  );
};

/** A field error's sentence in a locale. */
export function fieldMessage(locale: string, message: string): string {
  return translateLoose(locale, `field.${message}`) ?? translator(locale)("field.value.invalid");
}
