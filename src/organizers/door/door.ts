import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { readAnyCampaign } from "../../campaigns/save.ts";
import { isOperator, refuseCrossSite, type App, type Ctx } from "../../http.ts";
import { base64url } from "../../lib/bytes.ts";
import { notFound, Problem } from "../../lib/problem.ts";
import { hasRole, type Organizer, type Role } from "../rules.ts";
import { addressHash } from "./address.ts";
import { invitedAfter, whoIs } from "./sign-in.ts";
import { findByAddress, findOrganizer, noteEntered } from "../store.ts";
import { loadOrganizeTexts } from "../texts.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Who is signed in; set by `needs`. */
    organizer: Organizer;
  }
}

/** The campaign of the path, for somebody whom `needs` let in. */
export const campaignOf = (c: Ctx) => readAnyCampaign(c.var.deps, c.req.param("slug") ?? "");

/** Sent as `__Host-organizer`: host-only, HTTPS-only, whole site. */
export const ORGANIZER_COOKIE = "organizer";

/** Scripts of whoever runs the Worker. They may do what organizers do, and nothing that owners do. */
const OPERATOR: Organizer = {
  id: "operator",
  roles: new Map(),
  mayCreate: false,
  fresh: false,
};

export function organizerToken(c: Ctx): string | undefined {
  return getCookie(c, ORGANIZER_COOKIE, "host");
}

const isLook = (c: Ctx) => c.req.method === "GET" || c.req.method === "HEAD";

/** Whoever Cloudflare Access let through to us, if it is the application that we know. */
async function byAccess(c: Ctx): Promise<Organizer | null> {
  const { deps } = c.var;
  const { access } = deps;
  if (!deps.settings.ACCESS_AUD || access?.aud !== deps.settings.ACCESS_AUD) return null;
  const identity = await access.getIdentity();
  if (!identity?.email) return null;
  const id = await findByAddress(deps, await addressHash(deps, identity.email), invitedAfter(deps));
  if (id === null) return null;
  // Looking changes nothing; what somebody presses shows that they have come in.
  if (!isLook(c)) await noteEntered(deps, id);
  return findOrganizer(deps, id);
}

/**
 * Who is signed in, by Access or by a session, or null. A session of the same person comes first: it
 * knows how fresh the sign-in is.
 */
export async function signedInOrganizer(c: Ctx): Promise<Organizer | null> {
  const token = organizerToken(c);
  const [access, session] = await Promise.all([
    byAccess(c),
    token ? whoIs(c.var.deps, token) : null,
  ]);
  return access && access.id !== session?.id ? access : session;
}

/**
 * Refuses whatever did not begin on a page of ours. Browsers that send no Sec-Fetch-Site are too old
 * for this room; scripts with the operator's token have no cookie to ride on.
 */
function refuseForeign(c: Ctx): void {
  if (isLook(c)) return;
  if (c.req.header("sec-fetch-site") !== "same-origin")
    throw new Problem(403, "request.cross_site");
}

/** Sent as `__Host-door` with the pages before one is signed in; their forms carry the same text. */
const DOOR_COOKIE = "door";
const DOOR_BYTES = 16;

/** Marks a page of the door: gives what its form has to carry. */
export function doorMark(c: Ctx): string {
  const known = getCookie(c, DOOR_COOKIE, "host");
  if (known) return known;
  const mark = base64url(c.var.deps.random.bytes(DOOR_BYTES));
  setCookie(c, DOOR_COOKIE, mark, {
    prefix: "host",
    httpOnly: true,
    secure: true,
    sameSite: "Strict",
    path: "/",
  });
  return mark;
}

/**
 * Refuses a press at the door that began elsewhere. Browsers that send no Sec-Fetch-Site have to show
 * the mark of our page twice: in the form and in a cookie that no other site makes them send.
 * (Origin says nothing here: under our Referrer-Policy it is `null`.)
 */
export function refuseForeignDoor(c: Ctx, form: Record<string, string>): void {
  refuseCrossSite(c);
  if (c.req.header("sec-fetch-site") !== undefined) return;
  const mark = getCookie(c, DOOR_COOKIE, "host");
  if (!mark || mark !== form["door"]) throw new Problem(403, "request.cross_site");
}

/** The same for signing out: its proof is the session's own cookie, which is `SameSite=Lax`. */
export function refuseForeignLeave(c: Ctx): void {
  refuseCrossSite(c);
  if (c.req.header("sec-fetch-site") === undefined && !organizerToken(c)) {
    throw new Problem(403, "request.cross_site");
  }
}

/**
 * The door of every organizers' route. `campaign` routes need the role in the campaign of the path;
 * `anywhere` routes need it in any. A campaign that is not theirs is not there for them (404).
 * Throws `organizer.unauthorized` (401), `organizer.forbidden` (403), `request.cross_site` (403).
 */
export function needs(
  role: Role,
  where: "campaign" | "anywhere" = "campaign",
): MiddlewareHandler<App> {
  return async function needs(c, next) {
    await loadOrganizeTexts(c.var.deps);
    if (role !== "owner" && c.req.path.startsWith("/organize/api/") && isOperator(c)) {
      c.set("organizer", OPERATOR);
      return next();
    }
    const organizer = await signedInOrganizer(c);
    if (!organizer) {
      const page = c.req.method === "GET" && !c.req.path.startsWith("/organize/api/");
      if (page) return c.redirect("/organize", 303);
      const headers = { "WWW-Authenticate": "Bearer" };
      throw new Problem(401, "organizer.unauthorized", { headers });
    }
    refuseForeign(c);
    const held =
      where === "campaign"
        ? [organizer.roles.get(c.req.param("slug") ?? "")]
        : [...organizer.roles.values()];
    if (held.every((one) => one === undefined)) {
      if (where === "campaign") throw notFound();
      if (!organizer.mayCreate || role === "owner") throw new Problem(403, "organizer.forbidden");
    } else if (!held.some((one) => hasRole(one, role))) {
      throw new Problem(403, "organizer.forbidden");
    }
    c.set("organizer", organizer);
    return next();
  };
}

/** For what only owners do. Throws `organizer.stale` (403) for a sign-in older than FRESH_SIGN_IN_MS. */
export function requireFresh(c: Ctx): void {
  if (!c.var.organizer.fresh) throw new Problem(403, "organizer.stale");
}

/** For whoever holds OPERATOR_TOKEN and nobody else. Throws `organizer.unauthorized` (401). */
export const operatorOnly: MiddlewareHandler<App> = async function operatorOnly(c, next) {
  await loadOrganizeTexts(c.var.deps);
  if (!isOperator(c)) throw new Problem(401, "organizer.unauthorized");
  await next();
};
