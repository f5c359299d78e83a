import { Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import { frame } from "../campaigns/frame.ts";
import { listBySlugs } from "../campaigns/read.ts";
import {
  changeStatus,
  createCampaign,
  readAnyCampaign,
  readCampaignSettings,
  readSourceTexts,
  saveCampaignSettings,
  saveCampaignText,
  whatIsMissing,
} from "../campaigns/save.ts";
import { settingsInput, slug as slugInput, textInput } from "../campaigns/schema.ts";
import { noStore, page, parse, readForm, type App, type Ctx } from "../http.ts";
import { MINUTE, SECOND } from "../lib/clock.ts";
import { markdownToHtml } from "../lib/markdown.ts";
import { Problem, type FieldError } from "../lib/problem.ts";
import { check, reviewClaims } from "../letters/check.ts";
import { decide, listHeld } from "../letters/held.ts";
import { countByRecipient, hadNone } from "../letters/ledger.ts";
import { checkInput } from "../letters/schema.ts";
import { areLettersOff } from "../letters/switch.ts";
import { tryLetter } from "../letters/try.ts";
import { readMailHealth } from "../mail/health.ts";
import { directoryReport } from "../recipients/lookup.ts";
import { startDirectorySync } from "./sync.ts";
import { readTally } from "../tallies/read.ts";
import { isLocale } from "../ui/i18n.ts";
import { readLog } from "../audit/read.ts";
import { dashboard } from "./dashboard.ts";
import {
  doorMark,
  needs,
  ORGANIZER_COOKIE,
  organizerToken,
  refuseForeignDoor,
  refuseForeignLeave,
  signedInOrganizer,
} from "./door.ts";
import type { FormState } from "./form.tsx";
import { giveRole, listMembers, ownAddress, takeRole } from "./invite.ts";
import { DashboardPage, ReportPage } from "./dashboard-page.tsx";
import {
  AskedPage,
  DirectoryPage,
  EnterPage,
  FactsPage,
  HomePage,
  LettersPage,
  LogPage,
  MailPage,
  MembersPage,
  SignInPage,
} from "./pages.tsx";
import { KeysPage, ListPage, UpdatePage, UpdatesPage } from "./key-pages.tsx";
import { draftUpdate, listUpdates, readUpdate, testUpdate, updateInput } from "./updates.ts";
import { ROLES } from "./rules.ts";
import { SettingsPage, TextPage, TextsPage } from "./editor.tsx";
import { readOutcomes } from "./outcomes.ts";
import { askSignIn, enter, isLinkLive, leave } from "./sign-in.ts";
import { loadOrganizeTexts, say } from "./texts.ts";

const NOTHING: FormState = { values: {}, errors: [] };

/** The errors of a form that did not pass; anything else is thrown on. */
function formErrors(error: unknown): FieldError[] {
  if (error instanceof Problem && error.code === "request.invalid") return error.errors;
  throw error;
}

export const organizerPages = new Hono<App>();

organizerPages.get("/", async (c) => {
  const { deps } = c.var;
  noStore(c);
  await loadOrganizeTexts(deps);
  const organizer = await signedInOrganizer(c);
  if (!organizer) return page(c, <SignInPage state={NOTHING} door={doorMark(c)} />);
  const campaigns = await listBySlugs(deps, [...organizer.roles.keys()]);
  return page(c, <HomePage organizer={organizer} campaigns={campaigns} state={NOTHING} />);
});

organizerPages.post("/sign-in", async (c) => {
  const { deps } = c.var;
  noStore(c);
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

organizerPages.get("/asked", async (c) => {
  noStore(c);
  await loadOrganizeTexts(c.var.deps);
  const minutes = Math.floor(c.var.deps.settings.SIGN_IN_MS / MINUTE);
  return page(c, <AskedPage sender={c.var.deps.settings.MAIL_FROM} minutes={minutes} />);
});

organizerPages.get("/enter", async (c) => {
  noStore(c);
  await loadOrganizeTexts(c.var.deps);
  const token = c.req.query("t") ?? "";
  const live = await isLinkLive(c.var.deps, token);
  return page(c, <EnterPage token={token} live={live} door={doorMark(c)} />, live ? 200 : 410);
});

organizerPages.post("/enter", async (c) => {
  const { deps } = c.var;
  noStore(c);
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

organizerPages.post("/leave", async (c) => {
  refuseForeignLeave(c);
  noStore(c);
  const token = organizerToken(c);
  const form = await readForm(c);
  if (token) await leave(c.var.deps, token, form["all"] === "yes");
  deleteCookie(c, ORGANIZER_COOKIE, { prefix: "host", secure: true, path: "/" });
  return c.redirect("/organize", 303);
});

organizerPages.get("/mail", needs("viewer", "anywhere"), async (c) =>
  page(
    c,
    <MailPage
      organizer={c.var.organizer}
      health={await readMailHealth(c.var.deps)}
      jobs={await readOutcomes(c.var.deps)}
    />,
  ),
);

organizerPages.get("/directory", needs("viewer", "anywhere"), async (c) =>
  page(c, <DirectoryPage organizer={c.var.organizer} report={await directoryReport(c.var.deps)} />),
);

organizerPages.post("/directory", needs("organizer", "anywhere"), async (c) => {
  await startDirectorySync(c.var.deps, c.var.organizer.id);
  return c.redirect("/organize/directory", 303);
});

organizerPages.get("/facts", needs("viewer", "anywhere"), async (c) =>
  page(c, <FactsPage organizer={c.var.organizer} review={await reviewClaims(c.var.deps)} />),
);

organizerPages.post("/facts/:id", needs("organizer", "anywhere"), async (c) => {
  const { deps, organizer } = c.var;
  const { source } = await readForm(c);
  const input = parse(checkInput, source ? { source } : {});
  await check(deps, organizer.id, c.req.param("id"), input);
  return c.redirect("/organize/facts", 303);
});

organizerPages.post("/campaigns", needs("viewer", "anywhere"), async (c) => {
  const { deps, organizer } = c.var;
  if (!organizer.mayCreate) throw new Problem(403, "organizer.forbidden");
  const form = await readForm(c);
  try {
    const slug = parse(z.object({ slug: slugInput }), { slug: form["slug"] ?? "" }).slug;
    await createCampaign(deps, organizer.id, slug);
    return c.redirect(`/organize/${slug}/texts`, 303);
  } catch (error) {
    const campaigns = await listBySlugs(deps, [...organizer.roles.keys()]);
    const state = { values: form, errors: formErrors(error) };
    return page(c, <HomePage organizer={organizer} campaigns={campaigns} state={state} />, 422);
  }
});

/** The campaign of the path, for somebody whom `needs` let in. */
const campaignOf = (c: Ctx) => readAnyCampaign(c.var.deps, c.req.param("slug") ?? "");

organizerPages.get("/:slug", needs("viewer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  return page(
    c,
    <DashboardPage
      organizer={organizer}
      campaign={campaign}
      board={await dashboard(deps, campaign)}
      missing={await whatIsMissing(deps, campaign)}
    />,
  );
});

const statusInput = z.object({ to: z.enum(["open", "closed", "archived"], "value.invalid") });

organizerPages.post("/:slug/status", needs("owner"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const { to } = parse(statusInput, await readForm(c));
  await changeStatus(deps, organizer.id, campaign, to);
  return c.redirect(`/organize/${campaign.slug}`, 303);
});

organizerPages.get("/:slug/report", needs("viewer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const text = campaign.locales.length > 0 ? (await frame(c, campaign)).text : null;
  const [tally, board] = [await readTally(deps, campaign), await dashboard(deps, campaign)];
  return page(
    c,
    <ReportPage
      organizer={organizer}
      campaign={campaign}
      text={text}
      tally={tally}
      board={board}
    />,
  );
});

/** Lists of a form's field: by commas or lines. */
const listOf = (text: string | undefined) =>
  (text ?? "")
    .split(/[\n,]+/)
    .map((part) => part.trim())
    .filter(Boolean);

const SWITCHES = [
  "asksName",
  "asksUpdates",
  "neutralSubject",
  "serverLetters",
  "unreviewedLetters",
] as const;
const LISTS = ["atRisk", "firstBodies", "letterTopics", "leftOut", "sources", "heldWords"] as const;

function settingsFromForm(form: Record<string, string>): unknown {
  return {
    ...Object.fromEntries(SWITCHES.map((name) => [name, form[name] === "yes"])),
    ...Object.fromEntries(LISTS.map((name) => [name, listOf(form[name])])),
    jurisdictions: (["EU", "US"] as const).filter((one) => form[`to${one}`] === "yes"),
    version: form["version"],
    goal: form["goal"],
    opensAt: form["opensAt"],
    closesAt: form["closesAt"],
    contact: form["contact"] ?? "",
  };
}

organizerPages.get("/:slug/settings", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const settings = await readCampaignSettings(deps, campaign);
  return page(
    c,
    <SettingsPage
      organizer={organizer}
      campaign={campaign}
      settings={settings}
      typed={null}
      errors={[]}
      meanwhile={false}
    />,
  );
});

organizerPages.post("/:slug/settings", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const form = await readForm(c);
  const again = async (errors: FieldError[], meanwhile: boolean) =>
    page(
      c,
      <SettingsPage
        organizer={organizer}
        campaign={campaign}
        settings={await readCampaignSettings(deps, campaign)}
        typed={form}
        errors={errors}
        meanwhile={meanwhile}
      />,
      meanwhile ? 409 : 422,
    );
  try {
    const input = parse(settingsInput, settingsFromForm(form));
    await saveCampaignSettings(deps, organizer.id, campaign, input);
  } catch (error) {
    // What the second of two typed is shown again, over what the first has saved.
    if (error instanceof Problem && error.code === "campaign.saved_meanwhile") {
      return again([], true);
    }
    return again(formErrors(error), false);
  }
  return c.redirect(`/organize/${campaign.slug}/settings`, 303);
});

organizerPages.get("/:slug/texts", needs("organizer"), async (c) => {
  const campaign = await campaignOf(c);
  const texts = await readSourceTexts(c.var.deps, campaign.slug);
  return page(c, <TextsPage organizer={c.var.organizer} campaign={campaign} texts={texts} />);
});

async function textPage(
  c: Ctx,
  locale: string,
  typed: Record<string, string> | null,
  errors: FieldError[],
  status: 200 | 409 | 422,
) {
  const campaign = await campaignOf(c);
  const texts = await readSourceTexts(c.var.deps, campaign.slug);
  const beside = c.req.query("beside") ?? (locale === "en" ? "" : "en");
  const own = texts.find((text) => text.locale === locale) ?? null;
  const markdown = typed?.["markdown"] ?? own?.markdown ?? "";
  return page(
    c,
    <TextPage
      organizer={c.var.organizer}
      campaign={campaign}
      locale={locale}
      own={own}
      beside={texts.find((text) => text.locale === beside && beside !== locale) ?? null}
      typed={typed}
      errors={errors}
      meanwhile={status === 409}
      preview={markdownToHtml(markdown)}
    />,
    status,
  );
}

function localeOf(c: Ctx): string {
  const locale = c.req.param("locale") ?? "";
  if (!isLocale(locale)) throw new Problem(404, "request.not_found");
  return locale;
}

organizerPages.get("/:slug/texts/:locale", needs("organizer"), (c) =>
  textPage(c, localeOf(c), null, [], 200),
);

organizerPages.post("/:slug/texts/:locale", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const locale = localeOf(c);
  const campaign = await campaignOf(c);
  const form = await readForm(c);
  if (form["act"] === "preview") return textPage(c, locale, form, [], 200);
  const { version, title, summary, consent, runBy, markdown } = form;
  try {
    const input = parse(textInput, { version, title, summary, consent, runBy, markdown });
    await saveCampaignText(deps, organizer.id, campaign, locale, input);
  } catch (error) {
    if (error instanceof Problem && error.code === "campaign.saved_meanwhile") {
      return textPage(c, locale, form, [], 409);
    }
    return textPage(c, locale, form, formErrors(error), 422);
  }
  return c.redirect(`/organize/${campaign.slug}/texts`, 303);
});

async function lettersPage(c: Ctx, said: string | null) {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const recipients = await countByRecipient(deps, campaign);
  return page(
    c,
    <LettersPage
      organizer={organizer}
      campaign={campaign}
      recipients={recipients}
      held={await listHeld(deps, campaign)}
      none={await hadNone(deps, campaign, recipients)}
      off={await areLettersOff(deps)}
      said={said}
    />,
  );
}

organizerPages.get("/:slug/letters", needs("viewer"), (c) => lettersPage(c, null));

organizerPages.post("/:slug/letters/try", needs("owner"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  if (campaign.status !== "draft") throw new Problem(409, "letters.try_draft");
  const name = await tryLetter(deps, campaign, await ownAddress(deps, campaign.slug, organizer.id));
  return lettersPage(
    c,
    name === null ? say("letters.test_none") : say("letters.test_done", { name }),
  );
});

const heldInput = z.object({ decision: z.enum(["send", "refuse"], "value.invalid") });

organizerPages.post("/:slug/letters/:id", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const { decision } = parse(heldInput, await readForm(c));
  await decide(deps, organizer.id, campaign, c.req.param("id"), decision);
  return c.redirect(`/organize/${campaign.slug}/letters`, 303);
});

const memberInput = z.object({ email: z.string(), role: z.enum(ROLES, "value.invalid") });

async function membersPage(c: Ctx, state: FormState, status: 200 | 422) {
  const campaign = await campaignOf(c);
  const members = await listMembers(c.var.deps, campaign.slug);
  const { organizer } = c.var;
  return page(
    c,
    <MembersPage organizer={organizer} campaign={campaign} members={members} state={state} />,
    status,
  );
}

organizerPages.get("/:slug/members", needs("owner"), (c) => membersPage(c, NOTHING, 200));

organizerPages.post("/:slug/members", needs("owner"), async (c) => {
  const { deps, organizer } = c.var;
  const form = await readForm(c);
  const campaign = c.req.param("slug");
  try {
    if (form["take"]) await takeRole(deps, organizer.id, { campaign, organizer: form["take"] });
    else {
      const { email, role } = parse(memberInput, form);
      await giveRole(deps, organizer.id, { campaign, address: email.trim(), role });
    }
  } catch (error) {
    return membersPage(c, { values: form, errors: formErrors(error) }, 422);
  }
  return c.redirect(`/organize/${campaign}/members`, 303);
});

organizerPages.get("/:slug/log", needs("viewer"), async (c) => {
  const campaign = await campaignOf(c);
  const before = Number(c.req.query("before")) || undefined;
  const log = await readLog(c.var.deps, campaign.slug, before);
  return page(c, <LogPage organizer={c.var.organizer} campaign={campaign} log={log} />);
});

organizerPages.get("/:slug/keys", needs("owner"), async (c) =>
  page(c, <KeysPage organizer={c.var.organizer} campaign={await campaignOf(c)} />),
);

organizerPages.get("/:slug/list", needs("owner"), async (c) =>
  page(c, <ListPage organizer={c.var.organizer} campaign={await campaignOf(c)} />),
);

async function updatesPage(c: Ctx, state: FormState, status: 200 | 422) {
  const campaign = await campaignOf(c);
  const updates = await listUpdates(c.var.deps, campaign);
  const { organizer } = c.var;
  return page(
    c,
    <UpdatesPage organizer={organizer} campaign={campaign} updates={updates} state={state} />,
    status,
  );
}

organizerPages.get("/:slug/updates", needs("organizer"), (c) => updatesPage(c, NOTHING, 200));

organizerPages.post("/:slug/updates", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const form = await readForm(c);
  try {
    const input = parse(updateInput, { subject: form["subject"], markdown: form["markdown"] });
    const id = await draftUpdate(deps, organizer.id, campaign, input);
    return c.redirect(`/organize/${campaign.slug}/updates/${id}`, 303);
  } catch (error) {
    return updatesPage(c, { values: form, errors: formErrors(error) }, 422);
  }
});

organizerPages.get("/:slug/updates/:id", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  return page(
    c,
    <UpdatePage
      organizer={organizer}
      campaign={campaign}
      update={await readUpdate(deps, campaign, c.req.param("id"))}
      batch={deps.settings.UPDATE_BATCH}
    />,
  );
});

organizerPages.post("/:slug/updates/:id/test", needs("organizer"), async (c) => {
  const campaign = await campaignOf(c);
  const id = c.req.param("id");
  await testUpdate(c.var.deps, c.var.organizer.id, campaign, id);
  return c.redirect(`/organize/${campaign.slug}/updates/${id}`, 303);
});
