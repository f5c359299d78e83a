import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { frame } from "../campaigns/frame.ts";
import { readCampaign } from "../campaigns/read.ts";
import { risksToShow } from "../campaigns/risk.ts";
import { phaseOf, type Campaign } from "../campaigns/rules.ts";
import {
  addressOf,
  cacheable,
  page,
  parse,
  readForm,
  refuseCrossSite,
  type App,
  type Ctx,
} from "../http.ts";
import { prepareMail } from "../inbound/offer.ts";
import { isMonth } from "../lib/clock.ts";
import { emailFault, suggestEmail } from "../lib/email.ts";
import { domainOf, providerState } from "../lib/providers.ts";
import { Problem, type FieldError } from "../lib/problem.ts";
import { expiredLink } from "../lib/tokens.ts";
import { wouldLeave } from "../mail/lanes.ts";
import { mintStopToken } from "../mail/suppress.ts";
import { HONEYPOT } from "../proof/fields.tsx";
import { readTally } from "../tallies/read.ts";
import { wordList } from "../ui/i18n.ts";
import { confirm, goOn } from "./confirm.ts";
import { confirmationSubject } from "./mails.ts";
import {
  CheckYourMailPage,
  ConfirmPage,
  NothingKeptPage,
  OldLinkPage,
  SignedPage,
  WithdrawnPage,
} from "./pages.tsx";
import { countryOf, EMPTY_FORM, PetitionPage, type SignForm } from "./petition-page.tsx";
import { confirmInput, signInput } from "./schema.ts";
import { SESSION_COOKIE } from "./session.ts";
import { sign } from "./sign.ts";
import { provenAsk, readLink, type LinkState } from "./state.ts";
import { withdraw, type AlsoDelete } from "./withdraw.ts";

async function petition(c: Ctx, campaign: Campaign, form: SignForm, status: 200 | 422) {
  const { deps, locale } = c.var;
  const phase = phaseOf(campaign, deps.clock.now());
  const isOpen = phase === "open";
  const [tally, shared, leaves, door] = await Promise.all([
    readTally(deps, campaign),
    frame(c, campaign),
    isOpen ? wouldLeave(deps) : null,
    isOpen ? prepareMail(deps, campaign, locale) : null,
  ]);
  return page(
    c,
    <PetitionPage {...shared} total={tally.total} {...{ phase, form, leaves, door }} />,
    status,
  );
}

/**
 * What somebody has to have read before their address is taken from a page: by what was typed alone,
 * the same for every address. The form says what its page had shown.
 */
function whatToSayFirst(campaign: Campaign, locale: string, form: Record<string, string>) {
  const email = form["email"] ?? "";
  const domain = domainOf(email);
  const providerWasSaid = form["provider"] === domain && domain !== "";
  const said = (form["risks"] ?? "").split(",");
  const risks = risksToShow(campaign, locale, countryOf(locale, form));
  const suggestion = form["use"] || providerWasSaid ? null : suggestEmail(email);
  const warns = suggestion === null && emailFault(email) === null && providerState(email) !== null;
  return {
    suggestion,
    riskIsNew: risks.some((country) => !said.includes(country)),
    provider: warns ? domain : null,
    providerWasSaid,
  };
}

/** In place of a day in the address of the page that says where to look: mail is held back. */
const SLOWLY = "slowly";

/** What a browser is remembered by from now on: nothing, where there is no session. */
function setSession(c: Ctx, session: string | null): void {
  if (session === null) {
    if (getCookie(c, SESSION_COOKIE, "host"))
      deleteCookie(c, SESSION_COOKIE, { prefix: "host", secure: true });
    return;
  }
  setCookie(c, SESSION_COOKIE, session, {
    prefix: "host",
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
    path: "/",
    maxAge: Math.floor(c.var.deps.settings.SESSION_MS / 1_000),
  });
}

const isCareful = ({ signedOn }: { signedOn: string }) => isMonth(signedOn);

/** What is kept of the link that signed. */
async function signedPage(
  c: Ctx,
  token: string,
  { campaign, signature }: Extract<LinkState, { step: "signed" }>,
) {
  const { deps } = c.var;
  const { signedOn, held } = signature;
  const careful = isCareful(signature);
  const traitDays = deps.settings.TRAITS_KEEP_DAYS;
  const goesOn =
    !careful && campaign.shreddedAt === null && (await provenAsk(deps, token)) !== null;
  const shared = await frame(c, campaign);
  return page(
    c,
    <SignedPage {...shared} {...{ token, signedOn, careful, held, goesOn, traitDays }} />,
  );
}

/** The page that a link leads to; with what was wrong with the form, and what it said. */
async function linkPage(
  c: Ctx,
  token: string,
  form: Record<string, string> | null,
  errors: FieldError[],
) {
  const { deps, locale } = c.var;
  const link = await readLink(deps, token);
  if (link.step === "signed" && !isCareful(link.signature)) return signedPage(c, token, link);
  // Of the careful way a look shows nothing: the link stays in the history of a browser.
  const ask = link.step === "ready" ? link.ask : await provenAsk(deps, token);
  if (link.step === "expired" || ask === null) {
    return page(
      c,
      <OldLinkPage {...{ locale, token }} origin={deps.settings.PUBLIC_ORIGIN} />,
      410,
    );
  }
  const shared = await frame(c, link.campaign);
  const open = phaseOf(link.campaign, deps.clock.now()) === "open";
  const stop = await mintStopToken(deps, ask.email);
  return page(
    c,
    <ConfirmPage
      {...shared}
      token={token}
      country={form?.["country"] ?? ask.country}
      careful={form ? form["careful"] === "yes" : ask.careful}
      updates={form ? form["updates"] === "yes" : ask.updates}
      name={form?.["name"] ?? ""}
      open={open}
      traitDays={deps.settings.TRAITS_KEEP_DAYS}
      errors={errors}
      stopPath={`/${locale}/stop?t=${stop}`}
    />,
    errors.length > 0 ? 422 : 200,
  );
}

/**
 * Signing, from the form to the withdrawal. `alsoDelete` gives what other features delete of a signer
 * in the same transaction.
 */
export function signatureSite(alsoDelete: AlsoDelete): Hono<App> {
  const site = new Hono<App>();

  site.get("/:locale/confirm", (c) => linkPage(c, c.req.query("t") ?? "", null, []));

  site.post("/:locale/confirm", async (c) => {
    const { deps, locale } = c.var;
    refuseCrossSite(c);
    const form = await readForm(c);
    const token = form["t"] ?? "";
    try {
      const { name, country } = form;
      const input = parse(confirmInput, {
        token,
        // An unticked box sends nothing: on this page the press decides.
        careful: form["careful"] === "yes",
        updates: form["updates"] === "yes",
        ...(country ? { country } : {}),
        ...(name ? { name } : {}),
      });
      const done = await confirm(deps, input, alsoDelete);
      if (done.status === "confirmed") setSession(c, done.session);
      const again = done.status === "already-confirmed" && !done.careful ? "?again=1" : "";
      return c.redirect(`/${locale}/${done.campaign}/thanks${again}`, 303);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "request.invalid") throw error;
      return linkPage(c, token, form, error.errors);
    }
  });

  site.post("/:locale/kept", async (c) => {
    const { deps, locale } = c.var;
    refuseCrossSite(c);
    const token = (await readForm(c))["t"] ?? "";
    const link = await readLink(deps, token);
    if (link.step === "signed") return signedPage(c, token, link);
    if (link.step === "expired") throw expiredLink();
    const origin = deps.settings.PUBLIC_ORIGIN;
    return page(c, <NothingKeptPage {...{ locale, token, origin }} />);
  });

  site.post("/:locale/go-on", async (c) => {
    const { deps, locale } = c.var;
    refuseCrossSite(c);
    const { campaign, session } = await goOn(deps, (await readForm(c))["t"] ?? "");
    setSession(c, session);
    return c.redirect(`/${locale}/${campaign}/letters`, 303);
  });

  site.post("/:locale/withdraw", async (c) => {
    const { deps, locale } = c.var;
    refuseCrossSite(c);
    const form = await readForm(c);
    const { campaign } = await withdraw(deps, { token: form["t"] ?? "" }, alsoDelete);
    return c.redirect(`/${locale}/${campaign}/withdrawn`, 303);
  });

  site.get("/:locale/:slug", async (c) => {
    const { deps } = c.var;
    const campaign = await readCampaign(deps, c.req.param("slug"));
    const ref = c.req.query("ref");
    cacheable(c, deps.settings.TOTAL_MAX_AGE_S);
    const values: Record<string, string> = ref ? { ref: ref.slice(0, 40) } : {};
    return petition(c, campaign, { ...EMPTY_FORM, values }, 200);
  });

  site.post("/:locale/:slug", async (c) => {
    const { deps, locale } = c.var;
    refuseCrossSite(c);
    const campaign = await readCampaign(deps, c.req.param("slug"));
    const form = await readForm(c);
    const email = (form["use"] || form["email"] || "").trim();
    const values = { ...form, email };
    const first = whatToSayFirst(campaign, locale, values);
    const again = (more: { errors?: FieldError[] }) =>
      petition(c, campaign, { values, errors: [], ...first, ...more }, 422);
    try {
      const input = parse(signInput, {
        email,
        country: form["country"] ?? "none",
        ...(form["consent"] || form["rights"] !== "yes" ? { consent: form["consent"] ?? "" } : {}),
        locale,
        careful: form["careful"] === "yes",
        updates: form["updates"] === "yes",
        ...(form["rights"] === "yes" ? { rights: true } : {}),
        ...(form["ref"] ? { ref: form["ref"] } : {}),
        ...(form["proof"] ? { proof: form["proof"] } : {}),
      });
      if (first.suggestion || first.riskIsNew || (first.provider && !first.providerWasSaid)) {
        return await again({});
      }
      const { words, leavesOn, soon } = await sign(deps, campaign.slug, input, locale, {
        address: addressOf(c),
        honeypot: form[HONEYPOT] ?? "",
      });
      const query = new URLSearchParams({ w: words.replaceAll(" ", "-") });
      if (leavesOn) query.set("d", leavesOn);
      else if (!soon) query.set("d", SLOWLY);
      return c.redirect(`/${locale}/${campaign.slug}/check-your-mail?${query.toString()}`, 303);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "request.invalid") throw error;
      return again({ errors: error.errors });
    }
  });

  site.get("/:locale/:slug/check-your-mail", async (c) => {
    const { deps, locale } = c.var;
    const campaign = await readCampaign(deps, c.req.param("slug"));
    // Only words of our own list are shown: the address of this page can be made up by anyone.
    const known = new Set(wordList(locale));
    const words = (c.req.query("w") ?? "").split("-").filter((word) => known.has(word));
    const day = c.req.query("d") ?? "";
    // Which of both it is stands nowhere: this page's address stays in the history of a browser.
    const subject = (neutral: boolean) => confirmationSubject(deps, campaign, locale, neutral);
    const query = new URL(c.req.url).search;
    return page(
      c,
      <CheckYourMailPage
        {...await frame(c, campaign)}
        sender={deps.settings.MAIL_FROM}
        subject={await subject(campaign.neutralSubject)}
        neutralSubject={campaign.neutralSubject ? null : await subject(true)}
        words={words.length === 2 ? words.join(" ") : ""}
        slowly={day === SLOWLY}
        leavesOn={/^\d{4}-(0[1-9]|1[0-2])-\d{2}$/.test(day) ? day : null}
        query={query}
      />,
    );
  });

  site.get("/:locale/:slug/withdrawn", async (c) => {
    const campaign = await readCampaign(c.var.deps, c.req.param("slug"));
    return page(c, <WithdrawnPage {...await frame(c, campaign)} />);
  });

  return site;
}
