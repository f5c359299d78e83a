import { Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { page, readForm, type App } from "../../http.ts";
import { MINUTE, SECOND } from "../../lib/clock.ts";
import { formErrors } from "../form.tsx";
import { loadOrganizeTexts } from "../texts.ts";
import {
  doorMark,
  ORGANIZER_COOKIE,
  organizerToken,
  refuseForeignDoor,
  refuseForeignLeave,
} from "./door.ts";
import { AskedPage, EnterPage, SignInPage } from "./pages.tsx";
import { askSignIn, enter, isLinkLive, leave } from "./sign-in.ts";

/** In and out of the room. */
export const doorSite = new Hono<App>();

doorSite.post("/sign-in", async (c) => {
  const { deps } = c.var;
  await loadOrganizeTexts(deps);
  const form = await readForm(c);
  refuseForeignDoor(c, form);
  try {
    await askSignIn(deps, (form["email"] ?? "").trim());
  } catch (error) {
    const state = { values: form, errors: formErrors(error) };
    return page(c, <SignInPage state={state} door={doorMark(c)} />, 422);
  }
  return c.redirect("/organize/asked", 303);
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
  const session = await enter(deps, form["t"] ?? "");
  if (!session) return page(c, <EnterPage token="" live={false} door="" />, 410);
  setCookie(c, ORGANIZER_COOKIE, session, {
    prefix: "host",
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
    path: "/",
    maxAge: Math.floor(deps.settings.ORGANIZER_SESSION_MS / SECOND),
  });
  return c.redirect("/organize", 303);
});

doorSite.post("/leave", async (c) => {
  refuseForeignLeave(c);
  const token = organizerToken(c);
  const form = await readForm(c);
  if (token) await leave(c.var.deps, token, form["all"] === "yes");
  deleteCookie(c, ORGANIZER_COOKIE, { prefix: "host", secure: true, path: "/" });
  return c.redirect("/organize", 303);
});
