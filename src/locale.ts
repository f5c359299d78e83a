import type { MiddlewareHandler } from "hono";
import type { App } from "./http.ts";
import { notFound } from "./lib/problem.ts";
import { isLocale, loadTexts, translator } from "./ui/i18n.ts";

/** Takes the locale from the path. Another word there is no page of ours. */
export const localeFromPath: MiddlewareHandler<App> = async function localeFromPath(c, next) {
  const locale = c.req.param("locale") ?? "";
  if (!isLocale(locale)) throw notFound();
  await loadTexts(c.var.deps, locale);
  c.set("locale", locale);
  c.set("t", translator(locale));
  await next();
};
