import type { Child, FC } from "hono/jsx";
import type { Campaign } from "../campaigns/rules.ts";
import { asset } from "../ui/assets.ts";
import { hasRole, type Organizer, type Role } from "./rules.ts";
import { t, type OrganizeKey } from "./texts.ts";

/** Pages of one campaign, with the role that each needs. */
const PAGES: [path: string, label: OrganizeKey, role: Role][] = [
  ["", "nav.dashboard", "viewer"],
  ["/settings", "nav.settings", "organizer"],
  ["/texts", "nav.texts", "organizer"],
  ["/letters", "nav.letters", "viewer"],
  ["/updates", "nav.updates", "organizer"],
  ["/integrity", "nav.integrity", "organizer"],
  ["/keys", "nav.keys", "owner"],
  ["/list", "nav.list", "owner"],
  ["/members", "nav.members", "owner"],
  ["/log", "nav.log", "viewer"],
  ["/report", "nav.report", "viewer"],
  ["/end", "nav.end", "owner"],
];

/** The frame of the organizers' pages. Nothing in it comes from another host. */
export const OrganizeLayout: FC<{
  title: string;
  organizer: Organizer | null;
  campaign?: Campaign | undefined;
  /** Scripts of this page. */
  scripts?: ("organize" | "keys" | "list" | "updates")[];
  children?: Child;
}> = ({ title, organizer, campaign, scripts = [], children }) => {
  const role = campaign && organizer?.roles.get(campaign.slug);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${t("site.name")}`}</title>
        <link rel="stylesheet" href={asset("styles.css")} />
        <link rel="icon" href={asset("icon.svg")} type="image/svg+xml" />
        {scripts.map((name) => (
          <script type="module" src={asset(`${name}.js`)}></script>
        ))}
      </head>
      <body class="organize">
        <header>
          <a class="skip" href="#content">
            {t("site.skip")}
          </a>
          <nav aria-label={t("site.name")}>
            <ul>
              <li>
                <a class="brand" href="/organize">
                  <img src={asset("icon.svg")} alt="" width="28" height="28" />
                  {t("site.name")}
                </a>
              </li>
            </ul>
            {organizer && (
              <ul>
                <li>
                  <a href="/organize/mail">{t("nav.mail")}</a>
                </li>
                <li>
                  <a href="/organize/directory">{t("nav.directory")}</a>
                </li>
                <li>
                  <a href="/organize/facts">{t("nav.facts")}</a>
                </li>
                <li>
                  <form method="post" action="/organize/leave">
                    <button type="submit" class="link">
                      {t("nav.leave")}
                    </button>
                  </form>
                </li>
              </ul>
            )}
          </nav>
          {campaign && (
            <nav aria-label={campaign.slug}>
              <ul class="tabs">
                {PAGES.filter(([, , needed]) => hasRole(role, needed)).map(([path, label]) => (
                  <li>
                    <a href={`/organize/${campaign.slug}${path}`}>{t(label)}</a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
        </header>
        <main id="content" tabindex={-1}>
          {children}
        </main>
      </body>
    </html>
  );
};
