import { Hono, type MiddlewareHandler } from "hono";
import { setCookie } from "hono/cookie";
import { HomePage, PetitionPage, EMPTY_FORM, type SignForm } from "./campaigns/pages.tsx";
import { frame } from "./campaigns/frame.ts";
import { listCampaigns, readCampaign, readText } from "./campaigns/read.ts";
import { riskOf } from "./campaigns/risk.ts";
import { phaseOf, requireOpen, type Campaign } from "./campaigns/rules.ts";
import {
  byLanguage,
  cacheable,
  noStore,
  page,
  parse,
  readForm,
  refuseCrossSite,
  type App,
  type Ctx,
} from "./http.ts";
import { suggestEmail } from "./lib/email.ts";
import { notFound, Problem } from "./lib/problem.ts";
import { readToken } from "./lib/tokens.ts";
import { letterPages, signerOf, suggestedLetter } from "./letters/site.tsx";
import { StopPage } from "./mail/pages.tsx";
import { allowMail, isStopped, mintStopToken, stopMail } from "./mail/suppress.ts";
import { PrivacyPage } from "./privacy/pages.tsx";
import { tokenKey } from "./secrets/read.ts";
import { confirm } from "./signatures/confirm.ts";
import { confirmationSubject } from "./signatures/mails.ts";
import {
  AfterPage,
  CheckYourMailPage,
  ConfirmPage,
  SignedPage,
  ThanksPage,
  WithdrawnPage,
} from "./signatures/pages.tsx";
import { personName, signInput } from "./signatures/schema.ts";
import { SESSION_COOKIE } from "./signatures/session.ts";
import { sign } from "./signatures/sign.ts";
import { brokenLink, expiredLink, readLink, withdrawnLink } from "./signatures/state.ts";
import { withdraw } from "./signatures/withdraw.ts";
import { TallyPage } from "./tallies/pages.tsx";
import { readTally } from "./tallies/read.ts";
import { isLocale, loadTexts, preferredLocale, translator, wordList } from "./ui/i18n.ts";

/** Takes the locale from the path. Another word there is no page of ours. */
const localeFromPath: MiddlewareHandler<App> = async function localeFromPath(c, next) {
  const locale = c.req.param("locale") ?? "";
  if (!isLocale(locale)) throw notFound();
  await loadTexts(c.var.deps, locale);
  c.set("locale", locale);
  c.set("t", translator(locale));
  await next();
};

async function petition(c: Ctx, campaign: Campaign, form: SignForm, status: 200 | 422) {
  const { deps } = c.var;
  const tally = await readTally(deps, campaign);
  const phase = phaseOf(campaign, deps.clock.now());
  return page(
    c,
    <PetitionPage {...await frame(c, campaign)} phase={phase} total={tally.total} form={form} />,
    status,
  );
}

export const pages = new Hono<App>();

pages.use("/:locale", localeFromPath);
pages.use("/:locale/*", localeFromPath);

pages.get("/:locale", async (c) => {
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

pages.get("/:locale/privacy", async (c) => {
  const { deps, locale } = c.var;
  const campaigns = await Promise.all(
    (await listCampaigns(deps)).map(async (campaign) => {
      const { title, runBy } = await readText(deps, campaign, locale);
      return { title, runBy, contact: campaign.contact };
    }),
  );
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  return page(
    c,
    <PrivacyPage locale={locale} origin={deps.settings.PUBLIC_ORIGIN} campaigns={campaigns} />,
  );
});

pages.route("/", letterPages);

pages.get("/:locale/confirm", async (c) => {
  const { deps, locale } = c.var;
  noStore(c);
  const token = c.req.query("t") ?? "";
  const link = await readLink(deps, token);
  const shared = await frame(c, link.campaign);
  switch (link.step) {
    case "signed":
      return page(
        c,
        <SignedPage {...shared} token={token} day={link.signature.day} own={link.own} />,
      );
    case "withdrawn":
      throw withdrawnLink();
    case "expired":
      throw expiredLink();
    case "closed":
      requireOpen(link.campaign, deps.clock.now());
      throw expiredLink();
    case "ready": {
      const { ask } = link;
      const person = { countries: [ask.country], careful: ask.careful };
      const stop = await mintStopToken(deps, ask.email);
      return page(
        c,
        <ConfirmPage
          {...shared}
          token={token}
          country={ask.country}
          careful={ask.careful}
          updates={ask.updates && riskOf(link.campaign, person).maySealPerson}
          stopPath={`/${locale}/stop?t=${stop}`}
        />,
      );
    }
    default:
      return link satisfies never;
  }
});

pages.post("/:locale/confirm", async (c) => {
  const { deps, locale } = c.var;
  refuseCrossSite(c);
  noStore(c);
  const form = await readForm(c);
  const name = parse(personName, form["name"] ?? "");
  const done = await confirm(deps, { token: form["t"] ?? "", ...(name === "" ? {} : { name }) });
  if (done.session) {
    setCookie(c, SESSION_COOKIE, done.session, {
      prefix: "host",
      httpOnly: true,
      secure: true,
      sameSite: "Lax",
      path: "/",
      maxAge: Math.floor(deps.settings.SESSION_MS / 1_000),
    });
  }
  const again = done.status === "already-confirmed" ? "?again=1" : "";
  return c.redirect(`/${locale}/${done.campaign}/thanks${again}`, 303);
});

pages.post("/:locale/withdraw", async (c) => {
  const { deps, locale } = c.var;
  refuseCrossSite(c);
  noStore(c);
  const form = await readForm(c);
  const { campaign } = await withdraw(deps, { token: form["t"] ?? "" });
  return c.redirect(`/${locale}/${campaign}/withdrawn`, 303);
});

async function stopAddress(c: Ctx): Promise<{ token: string; email: string }> {
  const { deps } = c.var;
  const token = c.req.query("t") ?? "";
  const read = await readToken(await tokenKey(deps, "stop"), "stop", token, deps.clock.now());
  if (read.state !== "valid") throw read.state === "expired" ? expiredLink() : brokenLink();
  return { token, email: String(read.body["email"]) };
}

pages.get("/:locale/stop", async (c) => {
  const { deps, locale } = c.var;
  noStore(c);
  const { token, email } = await stopAddress(c);
  const stopped = await isStopped(deps, email);
  const origin = deps.settings.PUBLIC_ORIGIN;
  return page(c, <StopPage locale={locale} origin={origin} token={token} stopped={stopped} />);
});

// Mail programs post here by themselves (RFC 8058): no cookie, no origin, no form of ours.
pages.post("/:locale/stop", async (c) => {
  const { deps, locale } = c.var;
  noStore(c);
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

pages.get("/:locale/:slug", async (c) => {
  const { deps } = c.var;
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const ref = c.req.query("ref");
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  const values: Record<string, string> = ref ? { ref: ref.slice(0, 40) } : {};
  return petition(c, campaign, { ...EMPTY_FORM, values }, 200);
});

pages.post("/:locale/:slug", async (c) => {
  const { deps, locale } = c.var;
  refuseCrossSite(c);
  noStore(c);
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const form = await readForm(c);
  const email = (form["use"] || form["email"] || "").trim();
  const suggestion = form["use"] ? null : suggestEmail(email);
  try {
    const input = parse(signInput, {
      email,
      country: form["country"] ?? "none",
      consent: form["consent"] ?? "",
      locale,
      careful: form["careful"] === "yes",
      updates: form["updates"] === "yes",
      ...(form["ref"] ? { ref: form["ref"] } : {}),
    });
    if (suggestion) {
      return await petition(c, campaign, { values: form, errors: [], suggestion }, 422);
    }
    const { words, leavesOn } = await sign(deps, campaign.slug, input, locale);
    const query = new URLSearchParams({ w: words.replaceAll(" ", "-") });
    if (leavesOn) query.set("d", leavesOn);
    return c.redirect(`/${locale}/${campaign.slug}/check-your-mail?${query.toString()}`, 303);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "request.invalid") throw error;
    const values = { ...form, email };
    return petition(c, campaign, { values, errors: error.errors, suggestion: null }, 422);
  }
});

pages.get("/:locale/:slug/check-your-mail", async (c) => {
  const { deps, locale } = c.var;
  noStore(c);
  const campaign = await readCampaign(deps, c.req.param("slug"));
  // Only words of our own list are shown: the address of this page can be made up by anyone.
  const known = new Set(wordList(locale));
  const words = (c.req.query("w") ?? "").split("-").filter((word) => known.has(word));
  const day = c.req.query("d") ?? "";
  const query = new URL(c.req.url).search;
  return page(
    c,
    <CheckYourMailPage
      {...await frame(c, campaign)}
      sender={deps.settings.MAIL_FROM}
      subject={await confirmationSubject(deps, campaign, locale)}
      words={words.length === 2 ? words.join(" ") : ""}
      leavesOn={/^\d{4}-(0[1-9]|1[0-2])-\d{2}$/.test(day) ? day : null}
      query={query}
    />,
  );
});

pages.get("/:locale/:slug/thanks", async (c) => {
  const { deps } = c.var;
  noStore(c);
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const signer = await signerOf(c, campaign);
  const shared = await frame(c, campaign);
  // Without a session nobody knows who is there: nothing is claimed.
  if (!signer) return page(c, <AfterPage {...shared} />);
  const { total } = await readTally(deps, campaign);
  const again = c.req.query("again") === "1";
  return page(
    c,
    <ThanksPage {...shared} total={total} again={again}>
      {await suggestedLetter(c, campaign, signer)}
    </ThanksPage>,
  );
});

pages.get("/:locale/:slug/withdrawn", async (c) => {
  noStore(c);
  const campaign = await readCampaign(c.var.deps, c.req.param("slug"));
  return page(c, <WithdrawnPage {...await frame(c, campaign)} />);
});

pages.get("/:locale/:slug/tally", async (c) => {
  const { deps } = c.var;
  const campaign = await readCampaign(deps, c.req.param("slug"));
  cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
  const tally = await readTally(deps, campaign);
  return page(c, <TallyPage {...await frame(c, campaign)} tally={tally} />);
});

/** `/` and `/{slug}` choose the locale by Accept-Language. */
export const localeChooser = new Hono<App>()
  .get("/", (c) => {
    byLanguage(c);
    return c.redirect(`/${preferredLocale(c.req.header("accept-language"))}`, 302);
  })
  .get("/:slug{[a-z0-9][a-z0-9-]+}", async (c, next) => {
    const slug = c.req.param("slug");
    if (isLocale(slug)) return next();
    await readCampaign(c.var.deps, slug);
    byLanguage(c);
    return c.redirect(`/${preferredLocale(c.req.header("accept-language"))}/${slug}`, 302);
  });
