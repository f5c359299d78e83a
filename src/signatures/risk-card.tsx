import type { FC } from "hono/jsx";
import { translateLoose, translator, type UiKey } from "../ui/i18n.ts";

/** The text on risk of a country: its own, or the one that countries added by organizers share. */
export function riskText(locale: string, country: string): string {
  return translateLoose(locale, `risk.${country}`) === null ? "other" : country;
}

/**
 * What signing can mean, above the form. Texts of countries that nobody has chosen are there hidden:
 * petition.ts shows them, so that a choice tells the server nothing.
 */
export const RiskCard: FC<{
  locale: string;
  atRisk: readonly string[];
  shown: readonly string[];
  /** Those of them that are shown whatever is chosen. */
  stay: readonly string[];
  /** Whether the page comes back because of it. */
  back: boolean;
}> = ({ locale, atRisk, shown, stay, back }) => {
  const t = translator(locale);
  const texts = new Set(atRisk.map((country) => riskText(locale, country)));
  const staying = new Set(stay.map((country) => riskText(locale, country)));
  const open = new Set(shown.map((country) => riskText(locale, country)));
  return (
    <section
      id="risk"
      class="risk"
      hidden={shown.length === 0 ? true : undefined}
      aria-labelledby="risk-title"
      aria-live={back ? undefined : "polite"}
      role={back ? "alert" : undefined}
      tabindex={-1}
      autofocus={back ? true : undefined}
    >
      <h2 id="risk-title">{t("risk.title")}</h2>
      {[...texts].map((text) => (
        <p
          data-risk={text}
          data-stays={staying.has(text) ? "" : undefined}
          hidden={open.has(text) ? undefined : true}
        >
          {t(`risk.${text}` as UiKey)}
        </p>
      ))}
      <p>
        <strong>{t("risk.not_signing")}</strong>
      </p>
      <ul>
        <li>{t("risk.line")}</li>
        <li>{t("risk.mail")}</li>
        <li>{t("risk.device")}</li>
      </ul>
      <p>{t("risk.if_so")}</p>
      <ul>
        <li>{t("risk.own_device")}</li>
        <li>{t("risk.mailbox")}</li>
        <li>{t("risk.vpn")}</li>
        <li>{t("risk.careful")}</li>
        <li>{t("risk.after")}</li>
      </ul>
      <p>{t("risk.leave")}</p>
    </section>
  );
};
