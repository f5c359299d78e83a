import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { frame } from "../campaigns/frame.ts";
import { campaignsOf, readCampaign, readText } from "../campaigns/read.ts";
import { writersRisk } from "../campaigns/risk.ts";
import type { Campaign } from "../campaigns/rules.ts";
import {
  page,
  parse,
  readForm,
  refuseCrossSite,
  toFieldErrors,
  type App,
  type Ctx,
} from "../http.ts";
import { Problem, type FieldError } from "../lib/problem.ts";
import { attribution, whoWere } from "../recipients/lookup.ts";
import { parliamentFor } from "../recipients/parliaments/parliament.ts";
import { AfterPage, ThanksPage } from "../signatures/pages.tsx";
import { SESSION_COOKIE } from "../signatures/session.ts";
import { verifiedSigner, type Verified } from "../signatures/verified.ts";
import { LIKELY_COUNTRY, translateLoose } from "../ui/i18n.ts";
import { layOut, type DeskInput } from "./desk.ts";
import { readFigures } from "./ledger.ts";
import { lettersAddress } from "./mails.ts";
import { LettersPage, SuggestedLetter, type Notice } from "./pages.tsx";
import { say } from "./say.ts";
import { OfficePage } from "./office-page.tsx";
import { optIn, optOut, readOffice, stoppedBy } from "./opt-out.ts";
import { deskInput, officeInput, sayInput, sendInput } from "./schema.ts";
import { mayBeMailed, sendLetters } from "./send.ts";
import { suggest } from "./suggest.ts";
import { freshSeed, writeLetters } from "./write.ts";

function sessionOf(c: Ctx): string | undefined {
  return getCookie(c, SESSION_COOKIE, "host");
}

function signerOf(c: Ctx, campaign: Campaign): Promise<Verified | null> {
  return verifiedSigner(c.var.deps, campaign, sessionOf(c));
}

interface Shown {
  input: DeskInput;
  errors?: FieldError[];
  /** What was typed, where it did not pass. */
  typed?: Record<string, string>;
  notice?: Notice | null;
}

async function desk(c: Ctx, campaign: Campaign, shown: Shown, status: 200 | 409 | 422 = 200) {
  const { deps } = c.var;
  const [laid, figures, directory, signer, framed] = await Promise.all([
    layOut(deps, campaign, shown.input),
    readFigures(deps, campaign),
    attribution(deps),
    signerOf(c, campaign),
    frame(c, campaign),
  ]);
  return page(
    c,
    <LettersPage
      {...framed}
      desk={laid}
      risk={riskFor(c, campaign, signer, shown.input.country)}
      typed={shown.typed ?? {}}
      errors={shown.errors ?? []}
      notice={shown.notice ?? null}
      sender={
        signer && {
          address: lettersAddress(deps),
          server: campaign.serverLetters && mayBeMailed(campaign, signer, shown.input.country),
        }
      }
      figures={figures?.figures ?? null}
      directory={directory}
    />,
    status,
  );
}

function riskFor(
  { var: { locale } }: Ctx,
  campaign: Campaign,
  signer: Verified | null,
  country = "none",
) {
  return writersRisk(campaign, {
    countries: [country, signer?.country ?? "none"],
    locales: [locale, ...(signer ? [signer.locale] : [])],
  });
}

const NO_WISH = {
  name: undefined,
  town: undefined,
  note: undefined,
} satisfies Partial<DeskInput>;

/** Reads the form; what does not pass is shown with the errors, and nothing that was typed is lost. */
async function readDesk(
  c: Ctx,
  campaign: Campaign,
  form: Record<string, string>,
): Promise<{ input: DeskInput } | { answer: Response }> {
  const { seed, ...rest } = form;
  const parsed = deskInput.safeParse(form["anew"] ? rest : { ...rest, seed });
  if (parsed.success) return { input: parsed.data };
  const errors = toFieldErrors(parsed.error);
  const country = deskInput.shape.country.safeParse(form["country"]).data ?? "none";
  const input = deskInput.parse({ ...rest, ...NO_WISH, country });
  return { answer: await desk(c, campaign, { input, errors, typed: form }, 422) };
}

export const letterSite = new Hono<App>();

letterSite.get("/:locale/:slug/letters", async (c) => {
  const { deps, locale } = c.var;
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const signer = await signerOf(c, campaign);
  const country = signer?.country ?? LIKELY_COUNTRY[locale] ?? "none";
  return desk(c, campaign, { input: deskInput.parse({ country }) });
});

letterSite.post("/:locale/:slug/letters", async (c) => {
  refuseCrossSite(c);
  const campaign = await readCampaign(c.var.deps, c.req.param("slug"));
  const read = await readDesk(c, campaign, await readForm(c));
  return "answer" in read ? read.answer : desk(c, campaign, { input: read.input });
});

letterSite.post("/:locale/:slug/letters/send", async (c) => {
  const { deps } = c.var;
  refuseCrossSite(c);
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const form = await readForm(c);
  const read = await readDesk(c, campaign, form);
  if ("answer" in read) return read.answer;
  const { input } = read;
  try {
    const wanted = parse(sendInput, {
      recipients: [form["to"] ?? ""],
      country: input.country,
      ...(input.town ? { town: input.town } : {}),
      ...(input.name ? { name: input.name } : {}),
      ...(input.note ? { note: input.note } : {}),
      ...(input.topic ? { topics: [input.topic] } : {}),
      ...(input.locale ? { locale: input.locale } : {}),
      ...(input.seed ? { seed: input.seed } : {}),
      channel: form["channel"],
      consent: form["consent"] === "yes",
    });
    const [letter] = await sendLetters(deps, campaign.slug, wanted, sessionOf(c));
    const { state, leavesOn } = letter!;
    const held = leavesOn ? "first" : "held";
    const kind = wanted.channel === "self" ? "self" : state === "held" ? held : "server";
    const notice: Notice = {
      kind,
      recipient: letter!.recipient,
      ...(leavesOn ? { leavesOn } : {}),
    };
    return await desk(c, campaign, { input, notice });
  } catch (error) {
    return shownAgain(c, campaign, error, { input, typed: form });
  }
});

/** The page once more, with what was wrong: their own mailbox is the way on. Throws what is no problem with letters. */
function shownAgain(c: Ctx, campaign: Campaign, error: unknown, shown: Shown) {
  if (!(error instanceof Problem)) throw error;
  if (error.code === "request.invalid") {
    return desk(c, campaign, { ...shown, errors: error.errors }, 422);
  }
  if (!error.code.startsWith("letters.")) throw error;
  const code = `problem.${error.code}`;
  const text = translateLoose(c.var.locale, code, error.values) ?? error.code;
  return desk(c, campaign, { input: shown.input, notice: { kind: "problem", text } }, 409);
}

letterSite.post("/:locale/:slug/letters/say", async (c) => {
  const { deps } = c.var;
  refuseCrossSite(c);
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const form = await readForm(c);
  const read = await readDesk(c, campaign, form);
  if ("answer" in read) return read.answer;
  const told = parse(sayInput, { recipient: form["to"], what: form["what"] });
  try {
    await say(deps, campaign.slug, told, sessionOf(c));
  } catch (error) {
    return shownAgain(c, campaign, error, { input: read.input });
  }
  const kind = told.what === "sent" ? "sent" : "answer";
  return desk(c, campaign, { input: read.input, notice: { kind, recipient: told.recipient } });
});

letterSite.get("/:locale/office", async (c) => {
  const { deps, locale } = c.var;
  const token = c.req.query("t") ?? "";
  const office = await readOffice(deps, token);
  const [people, campaigns, stopped] = await Promise.all([
    whoWere(deps, [office.recipient]),
    campaignsOf(deps, [office.campaign]),
    stoppedBy(deps, office),
  ]);
  const campaign = campaigns.get(office.campaign);
  return page(
    c,
    <OfficePage
      locale={locale}
      origin={deps.settings.PUBLIC_ORIGIN}
      token={token}
      name={people.get(office.recipient)?.name ?? ""}
      campaign={campaign ? (await readText(deps, campaign, locale)).title : office.campaign}
      stopped={stopped}
    />,
  );
});

// Mail programs post here by themselves (RFC 8058): no cookie, no origin, no form of ours.
letterSite.post("/:locale/office", async (c) => {
  const { deps, locale } = c.var;
  const token = c.req.query("t") ?? "";
  const office = await readOffice(deps, token);
  const form = await readForm(c);
  if (form["List-Unsubscribe"] === "One-Click") {
    await optOut(deps, office, "campaign");
    return c.body(null, 200);
  }
  refuseCrossSite(c);
  const { wish } = parse(officeInput, form);
  if (wish === "allow") await optIn(deps, office);
  else await optOut(deps, office, wish);
  return c.redirect(`/${locale}/office?t=${token}`, 303);
});

letterSite.get("/:locale/:slug/thanks", async (c) => {
  const { deps } = c.var;
  const campaign = await readCampaign(deps, c.req.param("slug"));
  const signer = await signerOf(c, campaign);
  const shared = await frame(c, campaign);
  // Without a session nobody knows who is there: nothing is claimed.
  if (!signer) return page(c, <AfterPage {...shared} />);
  const again = c.req.query("again") === "1";
  const risk = riskFor(c, campaign, signer);
  return page(
    c,
    <ThanksPage {...shared} again={again} risk={risk}>
      {risk === "none" && (await suggestedLetter(c, campaign, signer))}
    </ThanksPage>,
  );
});

/** One letter, ready, for the page after confirming. */
async function suggestedLetter(c: Ctx, campaign: Campaign, signer: Verified) {
  const { deps, locale } = c.var;
  const seed = freshSeed(deps);
  const place = { country: signer.country, state: null };
  const recipients = await suggest(deps, campaign, place, 1, seed);
  const wish = { ...place, town: "", name: "", note: "", topics: [], locale: null };
  const [written] = await writeLetters(deps, campaign, recipients, wish, seed);
  return (
    <SuggestedLetter
      locale={locale}
      slug={campaign.slug}
      country={signer.country}
      regions={parliamentFor(deps.parliaments, signer.country)?.regions ?? null}
      seed={seed}
      written={written ?? null}
    />
  );
}
