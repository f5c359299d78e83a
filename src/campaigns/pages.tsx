import type { FC } from "hono/jsx";
import { translator } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import type { CampaignText } from "./rules.ts";

export const HomePage: FC<{
  locale: string;
  origin: string;
  campaigns: { slug: string; text: CampaignText }[];
}> = ({ locale, origin, campaigns }) => {
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={`${t("site.name")}: ${t("site.tagline")}`}
      origin={origin}
      pathIn={(other) => `/${other}`}
    >
      <h1>{t("home.title")}</h1>
      {campaigns.length === 0 && <p>{t("home.none")}</p>}
      {campaigns.map(({ slug, text }) => (
        <article>
          <h2 lang={text.locale}>{text.title}</h2>
          <p lang={text.locale}>{text.summary}</p>
          <a href={`/${locale}/${slug}`}>{t("home.open", { title: text.title })}</a>
        </article>
      ))}
    </Layout>
  );
};
