import type { FC } from "hono/jsx";
import { translator } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import { OPT_OUT_SCOPES, type OptOutScope } from "./schema.ts";

/** Where the link under a letter leads: an office stops letters of a writer, of a campaign, or all. */
export const OfficePage: FC<{
  locale: string;
  origin: string;
  token: string;
  /** The recipient's. */
  name: string;
  /** The campaign's title. */
  campaign: string;
  stopped: ReadonlySet<OptOutScope>;
}> = ({ locale, origin, token, name, campaign, stopped }) => {
  const t = translator(locale);
  const action = `/${locale}/office?t=${token}`;
  const left = OPT_OUT_SCOPES.filter((scope) => !stopped.has(scope));
  return (
    <Layout
      locale={locale}
      title={t("office.title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/office?t=${token}`}
    >
      <h1>{t("office.title")}</h1>
      <p class="lead">{t("office.lead", { name, campaign })}</p>
      {stopped.size > 0 && (
        <div class="done" role="alert">
          <p>{t("office.done")}</p>
          <ul>
            {OPT_OUT_SCOPES.filter((scope) => stopped.has(scope)).map((scope) => (
              <li>{t(`office.${scope}`, { campaign })}</li>
            ))}
          </ul>
        </div>
      )}
      {!stopped.has("all") && (
        <form method="post" action={action}>
          {left.map((scope, place) => (
            <label class="choice" for={scope}>
              <input id={scope} type="radio" name="wish" value={scope} checked={place === 0} />
              <span>{t(`office.${scope}`, { campaign })}</span>
            </label>
          ))}
          <button type="submit">{t("office.submit")}</button>
        </form>
      )}
      {stopped.size > 0 && (
        <form method="post" action={action}>
          <button type="submit" class="secondary" name="wish" value="allow">
            {t("office.allow")}
          </button>
        </form>
      )}
      <p class="quiet">{t("office.note")}</p>
    </Layout>
  );
};
