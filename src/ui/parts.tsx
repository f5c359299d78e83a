import type { FC } from "hono/jsx";
import { countries, formatNumber, translateLoose, translator, type UiKey } from "./i18n.ts";
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

/** Where somebody lives, or rather not. `risk` marks countries for petition.ts. */
export const CountrySelect: FC<{
  locale: string;
  country: string;
  help: UiKey;
  invalid?: "true" | undefined;
  risk?: (code: string) => string | undefined;
}> = ({ locale, country, help, invalid, risk }) => {
  const t = translator(locale);
  return (
    <>
      <label for="country">{t("sign.country")}</label>
      <select id="country" name="country" aria-invalid={invalid} aria-describedby="country-help">
        <option value="none" selected={country === "none"}>
          {t("sign.country_none")}
        </option>
        {countries(locale).map(([code, name]) => (
          <option value={code} selected={country === code} data-risk={risk?.(code)}>
            {name}
          </option>
        ))}
      </select>
      <small id="country-help" class="hint">
        {t(help)}
      </small>
    </>
  );
};

/** A box to tick, with what it stands for. */
export const Choice: FC<{ id: string; checked: boolean; help?: string; label: string }> = ({
  id,
  checked,
  help,
  label,
}) => (
  <label class="choice" for={id}>
    <input
      id={id}
      name={id}
      type="checkbox"
      value="yes"
      checked={checked}
      aria-describedby={help}
    />
    <span>{label}</span>
  </label>
);

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
