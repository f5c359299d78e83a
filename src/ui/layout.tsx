import type { Child, FC } from "hono/jsx";
import { READERS_AT_RISK } from "../lib/countries.ts";
import { asset } from "./assets.ts";
import { LOCALES, localeName, translator } from "./i18n.ts";

export interface PageFrame {
  locale: string;
  title: string;
  description?: string | undefined;
  /** The setting PUBLIC_ORIGIN: links that leave the page come from it, never from the Host header. */
  origin: string;
  /** The same page in another locale. Null where there is none. */
  pathIn: ((locale: string) => string) | null;
  /** A feed that readers may follow. */
  feed?: { path: string; title: string } | undefined;
  /** The picture that other sites show beside a link, where it is the page's own. */
  image?: string | undefined;
  /** Where the campaign of this page is, if it has one. */
  campaign?: { slug: string; title: string; demonstration: boolean } | undefined;
  /**
   * Pages about one person are kept out of search engines and previews, and the name of their window,
   * which stays in a browser's history, says nothing. Nor does it on any page that people at risk read.
   */
  personal?: boolean | undefined;
  children?: Child;
}

/** The frame of every page. Nothing in it comes from another host. */
export const Layout: FC<PageFrame> = (props) => {
  const { locale, title, description, origin, pathIn, campaign, personal, feed } = props;
  const t = translator(locale);
  const home = campaign ? `/${locale}/${campaign.slug}` : `/${locale}`;
  return (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{personal || locale in READERS_AT_RISK ? t("site.personal") : title}</title>
        {description && <meta name="description" content={description} />}
        {personal && <meta name="robots" content="noindex" />}
        <link rel="stylesheet" href={asset("styles.css")} />
        <link rel="icon" href={asset("icon.svg")} type="image/svg+xml" />
        {!personal &&
          pathIn &&
          LOCALES.map((other) => (
            <link rel="alternate" hreflang={other} href={`${origin}${pathIn(other)}`} />
          ))}
        {feed && (
          <link rel="alternate" type="application/atom+xml" title={feed.title} href={feed.path} />
        )}
        {!personal && pathIn && (
          <>
            <link rel="canonical" href={`${origin}${pathIn(locale)}`} />
            <meta property="og:type" content="website" />
            <meta property="og:title" content={title} />
            <meta property="og:description" content={description ?? t("site.tagline")} />
            <meta property="og:url" content={`${origin}${pathIn(locale)}`} />
            <meta property="og:image" content={`${origin}${props.image ?? asset("og.png")}`} />
            {props.image && <meta property="og:image:alt" content={title} />}
            <meta property="og:image:width" content="1200" />
            <meta property="og:image:height" content="630" />
            <meta property="og:locale" content={locale} />
            <meta name="twitter:card" content="summary_large_image" />
          </>
        )}
        <script type="module" src={asset("petition.js")}></script>
      </head>
      <body>
        <aside class="leave" aria-label={t("site.leave")}>
          <a href="/leave" rel="noreferrer" data-leave>
            {t("site.leave")}
          </a>
        </aside>
        <header>
          <a class="skip" href="#content">
            {t("site.skip")}
          </a>
          <nav>
            <ul>
              <li>
                <a class="brand" href={home}>
                  <img src={asset("icon.svg")} alt="" width="28" height="28" />
                  {t("site.name")}
                </a>
              </li>
            </ul>
            <ul>
              {campaign && (
                <>
                  <li>
                    <a href={home}>{t("site.campaign")}</a>
                  </li>
                  <li>
                    <a href={`${home}/letters`}>{t("site.letters")}</a>
                  </li>
                  <li>
                    <a href={`${home}/tally`}>{t("site.tally")}</a>
                  </li>
                </>
              )}
              <li>
                <a href={`/${locale}/measures`}>{t("site.measures")}</a>
              </li>
              <li>
                <a href={`/${locale}/privacy`}>{t("site.privacy")}</a>
              </li>
            </ul>
          </nav>
        </header>
        <main id="content" tabindex={-1}>
          {campaign?.demonstration && <p class="demo">{t("demo.banner")}</p>}
          {props.children}
        </main>
        <footer>
          {pathIn && (
            <nav class="languages" aria-label={t("site.language")}>
              <ul>
                {LOCALES.map((other) => (
                  <li>
                    <a
                      href={pathIn(other)}
                      hreflang={other}
                      lang={other}
                      aria-current={other === locale ? "page" : undefined}
                    >
                      {localeName(other)}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
          <p class="quiet">{t("site.source_note")}</p>
        </footer>
      </body>
    </html>
  );
};
