import { Hono } from "hono";
import { page, readForm, refuseCrossSite, type App, type Ctx } from "../http.ts";
import { brokenLink, expiredLink, readToken } from "../lib/tokens.ts";
import { tokenKey } from "../secrets/read.ts";
import { StopPage } from "./pages.tsx";
import { allowMail, isStopped, stopMail } from "./suppress.ts";

/** Where the link that stops mail leads. */
export const mailSite = new Hono<App>();

async function stopAddress(c: Ctx): Promise<{ token: string; email: string }> {
  const { deps } = c.var;
  const token = c.req.query("t") ?? "";
  const read = await readToken(await tokenKey(deps, "stop"), "stop", token, deps.clock.now());
  if (read.state !== "valid") throw read.state === "expired" ? expiredLink() : brokenLink();
  return { token, email: String(read.body["email"]) };
}

mailSite.get("/:locale/stop", async (c) => {
  const { deps, locale } = c.var;
  const { token, email } = await stopAddress(c);
  const stopped = await isStopped(deps, email);
  const origin = deps.settings.PUBLIC_ORIGIN;
  return page(c, <StopPage locale={locale} origin={origin} token={token} stopped={stopped} />);
});

// Mail programs post here by themselves (RFC 8058): no cookie, no origin, no form of ours.
mailSite.post("/:locale/stop", async (c) => {
  const { deps, locale } = c.var;
  const { token, email } = await stopAddress(c);
  const form = await readForm(c);
  if (form["wish"] === "allow") {
    refuseCrossSite(c);
    await allowMail(deps, email);
  } else {
    await stopMail(deps, email);
  }
  if (form["List-Unsubscribe"] === "One-Click") return c.body(null, 200);
  return c.redirect(`/${locale}/stop?t=${token}`, 303);
});
