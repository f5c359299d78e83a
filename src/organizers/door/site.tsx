import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { page, readForm, type App, type Ctx } from "../../http.ts";
import { MINUTE, SECOND } from "../../lib/clock.ts";
import { formErrors } from "../form.tsx";
import { loadOrganizeTexts } from "../texts.ts";
import { BROWSER_COOKIE, knownIn, markBrowser } from "./browser.ts";
import {
  doorMark,
  needs,
  ORGANIZER_COOKIE,
  organizerToken,
  refuseForeignDoor,
  refuseForeignLeave,
  signedInOrganizer,
} from "./door.ts";
import { AgainPage, AskedPage, EnterPage, SignInPage } from "./pages.tsx";
import { addressOf, askSignIn, enter, isLinkLive, leave } from "./sign-in.ts";

/** In and out of the room. */
export const doorSite = new Hono<App>();

/** Sent as `__Host-back` between asking for another sign-in and its press: the page to come back to. */
const BACK_COOKIE = "back";

const ours = { prefix: "host", httpOnly: true, secure: true, path: "/" } as const;

/** A page of the room, or its first one for anything else. */
function pageOfRoom(path: string | undefined): string {
  const known = path !== undefined && /^\/organize(\/[a-z0-9][\w-]*){1,4}$/i.test(path);
  return known && !path.startsWith("/organize/api/") ? path : "/organize";
}

const knownHere = (c: Ctx) => knownIn(c.var.deps, getCookie(c, BROWSER_COOKIE, "host"));

doorSite.post("/sign-in", async (c) => {
  const { deps } = c.var;
  await loadOrganizeTexts(deps);
  const form = await readForm(c);
  if (form["again"] === "yes") return again(c, form["to"]);
  refuseForeignDoor(c, form);
  try {
    await askSignIn(deps, (form["email"] ?? "").trim(), await knownHere(c));
  } catch (error) {
    const state = { values: form, errors: formErrors(error) };
    return page(c, <SignInPage state={state} door={doorMark(c)} />, 422);
  }
  return c.redirect("/organize/asked", 303);
});

/** Mails a link to whoever is signed in, and notes where they come back to. */
async function again(c: Ctx, to: string | undefined): Promise<Response> {
  const { deps } = c.var;
  refuseForeignLeave(c);
  const organizer = await signedInOrganizer(c);
  const address = organizer && (await addressOf(deps, organizer.id));
  if (!address) return c.redirect("/organize", 303);
  await askSignIn(deps, address, organizer.id);
  const maxAge = Math.floor(deps.settings.SIGN_IN_MS / SECOND);
  setCookie(c, BACK_COOKIE, pageOfRoom(to), { ...ours, sameSite: "Strict", maxAge });
  return c.redirect("/organize/asked", 303);
}

doorSite.get("/again", needs("viewer", "anywhere"), (c) => {
  const minutes = Math.floor(c.var.deps.settings.FRESH_SIGN_IN_MS / MINUTE);
  const to = pageOfRoom(c.req.query("to"));
  return page(c, <AgainPage organizer={c.var.organizer} to={to} minutes={minutes} />);
});

doorSite.get("/asked", async (c) => {
  await loadOrganizeTexts(c.var.deps);
  const minutes = Math.floor(c.var.deps.settings.SIGN_IN_MS / MINUTE);
  return page(c, <AskedPage sender={c.var.deps.settings.MAIL_FROM} minutes={minutes} />);
});

doorSite.get("/enter", async (c) => {
  await loadOrganizeTexts(c.var.deps);
  const token = c.req.query("t") ?? "";
  const live = await isLinkLive(c.var.deps, token);
  return page(c, <EnterPage token={token} live={live} door={doorMark(c)} />, live ? 200 : 410);
});

doorSite.post("/enter", async (c) => {
  const { deps } = c.var;
  await loadOrganizeTexts(deps);
  const form = await readForm(c);
  refuseForeignDoor(c, form);
  const entered = await enter(deps, form["t"] ?? "", {
    known: await knownHere(c),
    before: organizerToken(c),
  });
  if (!entered) return page(c, <EnterPage token="" live={false} door="" />, 410);
  const seconds = (ms: number) => Math.floor(ms / SECOND);
  setCookie(c, ORGANIZER_COOKIE, entered.session, {
    ...ours,
    sameSite: "Lax",
    maxAge: seconds(deps.settings.ORGANIZER_SESSION_MS),
  });
  setCookie(c, BROWSER_COOKIE, await markBrowser(deps, entered.organizer), {
    ...ours,
    sameSite: "Strict",
    maxAge: seconds(deps.settings.KNOWN_BROWSER_MS),
  });
  const back = pageOfRoom(getCookie(c, BACK_COOKIE, "host"));
  deleteCookie(c, BACK_COOKIE, { prefix: "host", secure: true, path: "/" });
  return c.redirect(back, 303);
});

doorSite.post("/leave", async (c) => {
  refuseForeignLeave(c);
  const token = organizerToken(c);
  const form = await readForm(c);
  const { all, session } = form;
  const which = all === "yes" ? ({ all: true } as const) : session ? { id: session } : null;
  if (!token || (await leave(c.var.deps, token, which))) {
    deleteCookie(c, ORGANIZER_COOKIE, { prefix: "host", secure: true, path: "/" });
  }
  return c.redirect("/organize", 303);
});
