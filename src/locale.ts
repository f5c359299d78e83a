import type { MiddlewareHandler } from "hono";
import type { App } from "./http.ts";
import { notFound } from "./lib/problem.ts";
import { isLocale } from "./ui/i18n.ts";

/** Pages have their locale first in the path, and speak it. Another word there is no page of ours. */
export const localeInPath: MiddlewareHandler<App> = async function localeInPath(c, next) {
  if (!isLocale(c.req.param("locale") ?? "")) throw notFound();
  await next();
};
