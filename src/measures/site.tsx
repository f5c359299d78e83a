import { Hono } from "hono";
import { byLanguage, cacheable, page, preferredLocale, type App, type Ctx } from "../http.ts";
import { notFound } from "../lib/problem.ts";
import { changesFeed } from "./feed.ts";
import { MeasuresPage, RestsOnPage, SectorPage } from "./pages.tsx";
import { readMatrix } from "./read.ts";
import { MEASURES } from "./rules.ts";
import { openData } from "./routes.ts";
import { readClaimTexts } from "./texts.ts";

/** Claims that one letter's address may name. */
const MOST_CLAIMS = 12;

async function shown(c: Ctx) {
  const { deps, locale } = c.var;
  const [matrix, texts] = await Promise.all([readMatrix(deps), readClaimTexts(deps, locale)]);
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  return { locale, origin: deps.settings.PUBLIC_ORIGIN, matrix, texts };
}

/** The address without a language, as it is said aloud. */
export const measureDoor = new Hono<App>().get("/measures", (c) => {
  byLanguage(c);
  return c.redirect(`/${preferredLocale(c)}/measures`, 302);
});

export const measureSite = new Hono<App>();

measureSite.get("/:locale/measures", async (c) => page(c, <MeasuresPage {...await shown(c)} />));

measureSite.get("/:locale/measures.atom", async (c) => {
  const { matrix, texts, ...where } = await shown(c);
  openData(c);
  const headers = { "Content-Type": "application/atom+xml; charset=utf-8" };
  return c.body(changesFeed(matrix, texts, where), 200, headers);
});

measureSite.get("/:locale/measures/:sector", async (c) => {
  const sector = c.req.param("sector");
  if (!MEASURES.sectors.includes(sector)) throw notFound();
  return page(c, <SectorPage {...await shown(c)} sector={sector} />);
});

// Of what a letter named that is no claim any more nothing is said.
measureSite.get("/:locale/measures/facts/:ids", async (c) => {
  const known = new Set([...MEASURES.measures, ...MEASURES.facts].map(({ id }) => id));
  const named = c.req.param("ids").split(".");
  const ids = named.filter((id) => known.has(id)).slice(0, MOST_CLAIMS);
  if (ids.length === 0) throw notFound();
  return page(c, <RestsOnPage {...await shown(c)} ids={ids} />);
});
