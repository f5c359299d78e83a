import type { MiddlewareHandler } from "hono";
import { page, type App } from "../../http.ts";
import { MINUTE } from "../../lib/clock.ts";
import { requireFresh } from "./door.ts";
import { AgainPage } from "./pages.tsx";

/**
 * Stands after `needs` before what only owners do: whose sign-in is older than FRESH_SIGN_IN_MS gets a
 * page that leads to another one and back to where they pressed, which is `up` parts above the route.
 * In the API it throws `organizer.stale` (403).
 */
export function fresh(up = 0): MiddlewareHandler<App> {
  return async function fresh(c, next) {
    const { organizer, deps } = c.var;
    if (organizer.fresh) return next();
    if (c.req.path.startsWith("/organize/api/")) return requireFresh(c);
    const parts = c.req.path.split("/");
    const to = parts.slice(0, parts.length - up).join("/");
    const minutes = Math.floor(deps.settings.FRESH_SIGN_IN_MS / MINUTE);
    return page(c, <AgainPage organizer={organizer} to={to} minutes={minutes} />, 403);
  };
}
