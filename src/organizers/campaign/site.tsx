import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import * as z from "zod";
import { frame } from "../../campaigns/frame.ts";
import {
  changesConsent,
  changeStatus,
  readCampaignSettings,
  readSourceTexts,
  saveCampaignSettings,
  saveCampaignText,
  whatIsMissing,
} from "../../campaigns/save.ts";
import { ownersChanges, type Campaign, type OwnersSetting } from "../../campaigns/rules.ts";
import { settingsInput, textInput, type SettingsInput } from "../../campaigns/schema.ts";
import { page, parse, readForm, type App, type Ctx } from "../../http.ts";
import { markdownToHtml } from "../../lib/markdown.ts";
import { invalid, Problem, type FieldError } from "../../lib/problem.ts";
import { readTally } from "../../tallies/read.ts";
import { isLocale } from "../../ui/i18n.ts";
import { wake } from "../../mail/enqueue.ts";
import { campaignOf, needs } from "../door/door.ts";
import { fresh } from "../door/fresh.tsx";
import { formErrors } from "../form.tsx";
import { tellOwners } from "../notices.ts";
import { dashboard } from "./dashboard.ts";
import { DashboardPage, ReportPage } from "./dashboard-page.tsx";
import { t } from "../texts.ts";
import { SettingsPage, TextPage, TextsPage } from "./editor.tsx";

/** A campaign: overview, state, report, settings, texts. */
export const campaignSite = new Hono<App>();

campaignSite.get("/:slug", needs("viewer"), async (c) => {
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

campaignSite.post("/:slug/status", needs("owner"), fresh(1), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const { to } = parse(statusInput, await readForm(c));
  const told = await tellOwners(deps, organizer.id, campaign.slug, "status", { to });
  await changeStatus(deps, organizer.id, campaign, to, told);
  await wake(deps);
  return c.redirect(`/organize/${campaign.slug}`, 303);
});

campaignSite.get("/:slug/report", needs("viewer"), async (c) => {
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

function settingsFromForm({ parliaments }: Deps, form: Record<string, string>): unknown {
  return {
    ...Object.fromEntries(SWITCHES.map((name) => [name, form[name] === "yes"])),
    ...Object.fromEntries(LISTS.map((name) => [name, listOf(form[name])])),
    jurisdictions: parliaments
      .map((one) => one.jurisdiction)
      .filter((one) => form[`to${one}`] === "yes"),
    version: form["version"],
    goal: form["goal"],
    opensAt: form["opensAt"],
    closesAt: form["closesAt"],
    contact: form["contact"] ?? "",
  };
}

/** What only owners change, and they freshly signed in. Throws `request.invalid` (422). */
function requireOwner(c: Ctx, { slug }: Campaign, changed: readonly string[]): void {
  const { roles, fresh: isFresh } = c.var.organizer;
  const message =
    roles.get(slug) !== "owner" ? "settings.owners" : isFresh ? null : "settings.stale";
  if (message !== null && changed.length > 0) {
    throw invalid(changed.map((path) => ({ path, message })));
  }
}

/** The mails that tell owners what was changed of what is theirs. */
function tellOfSettings(
  { var: { deps, organizer } }: Ctx,
  { slug }: Campaign,
  { serverLetters }: SettingsInput,
  changed: readonly OwnersSetting[],
) {
  if (changed.every((name) => name === "serverLetters")) {
    const about = serverLetters ? "letters-on" : "letters-off";
    return tellOwners(deps, organizer.id, slug, about);
  }
  const letters = serverLetters ? "lettersOn" : "lettersOff";
  const named = changed.map((name) => t(`told.${name === "serverLetters" ? letters : name}`));
  return tellOwners(deps, organizer.id, slug, "settings", { changed: named.join("; ") });
}

campaignSite.get("/:slug/settings", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const campaign = await campaignOf(c);
  const settings = await readCampaignSettings(deps, campaign);
  return page(
    c,
    <SettingsPage
      organizer={organizer}
      campaign={campaign}
      settings={settings}
      parliaments={deps.parliaments}
      typed={null}
      errors={[]}
      meanwhile={false}
    />,
  );
});

campaignSite.post("/:slug/settings", needs("organizer"), async (c) => {
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
        parliaments={deps.parliaments}
        typed={form}
        errors={errors}
        meanwhile={meanwhile}
      />,
      meanwhile ? 409 : 422,
    );
  try {
    const input = parse(settingsInput, settingsFromForm(deps, form));
    const before = await readCampaignSettings(deps, campaign);
    const changed = ownersChanges(campaign, before, input);
    requireOwner(c, campaign, changed);
    const told = changed.length > 0 ? await tellOfSettings(c, campaign, input, changed) : undefined;
    await saveCampaignSettings(deps, organizer.id, campaign, input, told);
    if (told) await wake(deps);
  } catch (error) {
    // What the second of two typed is shown again, over what the first has saved.
    if (error instanceof Problem && error.code === "campaign.saved_meanwhile") {
      return again([], true);
    }
    return again(formErrors(error), false);
  }
  return c.redirect(`/organize/${campaign.slug}/settings`, 303);
});

campaignSite.get("/:slug/texts", needs("organizer"), async (c) => {
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

campaignSite.get("/:slug/texts/:locale", needs("organizer"), (c) =>
  textPage(c, localeOf(c), null, [], 200),
);

campaignSite.post("/:slug/texts/:locale", needs("organizer"), async (c) => {
  const { deps, organizer } = c.var;
  const locale = localeOf(c);
  const campaign = await campaignOf(c);
  const form = await readForm(c);
  if (form["act"] === "preview") return textPage(c, locale, form, [], 200);
  const { version, title, summary, consent, runBy, markdown } = form;
  try {
    const input = parse(textInput, { version, title, summary, consent, runBy, markdown });
    const isOwners = await changesConsent(deps, campaign, locale, input);
    requireOwner(c, campaign, isOwners ? ["consent"] : []);
    const told = isOwners
      ? await tellOwners(deps, organizer.id, campaign.slug, "consent", { locale })
      : undefined;
    await saveCampaignText(deps, organizer.id, campaign, locale, input, told);
    if (told) await wake(deps);
  } catch (error) {
    if (error instanceof Problem && error.code === "campaign.saved_meanwhile") {
      return textPage(c, locale, form, [], 409);
    }
    return textPage(c, locale, form, formErrors(error), 422);
  }
  return c.redirect(`/organize/${campaign.slug}/texts`, 303);
});
