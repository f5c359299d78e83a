import type { FC } from "hono/jsx";
import { translator, type UiKey } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";

const SECTIONS = [
  "before",
  "after",
  "careful",
  "cookies",
  "others",
  "letters",
  "news",
  "limits",
  "risk",
  "rights",
] as const;

export const PrivacyPage: FC<{
  locale: string;
  origin: string;
  campaigns: { title: string; runBy: string; contact: string }[];
}> = ({ locale, origin, campaigns }) => {
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("privacy.title")}
      origin={origin}
      pathIn={(other) => `/${other}/privacy`}
    >
      <h1>{t("privacy.title")}</h1>
      {SECTIONS.map((section) => (
        <section>
          <h2>{t(`privacy.${section}.title` as UiKey)}</h2>
          <p>{t(`privacy.${section}.text` as UiKey)}</p>
        </section>
      ))}
      {campaigns.map((campaign) => (
        <p>{t("privacy.contact", campaign)}</p>
      ))}
    </Layout>
  );
};
