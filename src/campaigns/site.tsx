import { Hono } from "hono";
import { byLanguage, cacheable, page, type App, preferredLocale } from "../http.ts";
import { isLocale } from "../ui/i18n.ts";
import { HomePage } from "./pages.tsx";
import { listCampaigns, readCampaign, readText } from "./read.ts";

export const campaignSite = new Hono<App>();

campaignSite.get("/:locale", async (c) => {
  const { deps, locale } = c.var;
  const campaigns = await Promise.all(
    (await listCampaigns(deps)).map(async (campaign) => ({
      slug: campaign.slug,
      text: await readText(deps, campaign, locale),
    })),
  );
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  return page(
    c,
    <HomePage locale={locale} origin={deps.settings.PUBLIC_ORIGIN} campaigns={campaigns} />,
  );
});

/** Where “Leave” leads. The way goes by us, so that no page has to name it. */
export const quickLeave = new Hono<App>().get("/leave", (c) => {
  return c.redirect(c.var.deps.settings.QUICK_LEAVE_URL, 302);
});

/** `/` and `/{slug}` choose the locale by Accept-Language. */
export const localeChooser = new Hono<App>()
  .get("/", (c) => {
    byLanguage(c);
    return c.redirect(`/${preferredLocale(c)}`, 302);
  })
  .get("/:slug{[a-z0-9][a-z0-9-]+}", async (c, next) => {
    const slug = c.req.param("slug");
    if (isLocale(slug)) return next();
    await readCampaign(c.var.deps, slug);
    byLanguage(c);
    return c.redirect(`/${preferredLocale(c)}/${slug}`, 302);
  });
