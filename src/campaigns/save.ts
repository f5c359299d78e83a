import type { Audit, Told } from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import { DAY, dayOf, startOfDay } from "../lib/clock.ts";
import { NEWEST_EMAIL_RULES } from "../lib/email.ts";
import { markdownToHtml } from "../lib/markdown.ts";
import { invalid, notFound, Problem } from "../lib/problem.ts";
import { consentDay, phaseOf, savedMeanwhile, type Campaign, type SourceText } from "./rules.ts";
import type { SettingsInput, TextInput } from "./schema.ts";
import {
  findCampaign,
  findSourceText,
  findTexts,
  insertCampaign,
  readSettingsLists,
  saveCanary,
  saveKeys,
  saveSettings,
  saveStatus,
  saveTakenOver,
  saveText,
} from "./store.ts";

const DEFAULT_GOAL = 1_000;
const DEFAULT_DAYS = 180;

/** Whether what is asked can be sealed. The key of a demonstration is the one that npm start made. */
function hasKeys(campaign: Campaign): boolean {
  if (campaign.sealingKey === null) return false;
  return campaign.keysProvedAt !== null || campaign.demonstration;
}

/** A campaign whatever its state, for its organizers. Throws `request.not_found` (404). */
export async function readAnyCampaign(deps: Deps, slug: string): Promise<Campaign> {
  const campaign = await findCampaign(deps.db, slug);
  if (!campaign) throw notFound();
  return campaign;
}

/**
 * Makes a draft that asks signers for nothing. Its maker owns it. Throws `request.invalid` (422)
 * where the slug is taken.
 */
export async function createCampaign(deps: Deps, by: string, slug: string): Promise<void> {
  const today = startOfDay(dayOf(deps.clock.now()));
  const made = await insertCampaign(deps, by, {
    slug,
    goal: DEFAULT_GOAL,
    opensAt: today,
    closesAt: today + DEFAULT_DAYS * DAY,
    consentVersion: dayOf(today),
    emailRules: NEWEST_EMAIL_RULES,
  });
  if (!made) throw invalid([{ path: "slug", message: "slug.taken" }]);
}

/** What organizers set, as the form shows it. */
export async function readCampaignSettings(deps: Deps, campaign: Campaign): Promise<SettingsInput> {
  const { leftOut, sources } = await readSettingsLists(deps, campaign.slug);
  return {
    version: campaign.version,
    goal: campaign.goal,
    opensAt: dayOf(campaign.opensAt),
    closesAt: dayOf(campaign.closesAt),
    contact: campaign.contact,
    asksName: campaign.asksName,
    asksUpdates: campaign.asksUpdates,
    neutralSubject: campaign.neutralSubject,
    atRisk: campaign.atRisk,
    jurisdictions: campaign.jurisdictions,
    firstBodies: campaign.firstBodies,
    letterTopics: campaign.letterTopics,
    leftOut,
    sources,
    serverLetters: campaign.serverLetters,
    unreviewedLetters: campaign.unreviewedLetters,
    heldWords: campaign.heldWords,
  };
}

/**
 * Saves the settings, with the mails that tell of it. Throws `campaign.saved_meanwhile` (409),
 * `request.invalid` (422).
 */
export async function saveCampaignSettings(
  deps: Deps,
  by: string,
  campaign: Campaign,
  input: SettingsInput,
  told?: Told,
): Promise<void> {
  const isOpen = campaign.status !== "draft";
  const known = deps.parliaments.map((one) => one.jurisdiction);
  if (!input.jurisdictions.every((one) => known.includes(one))) {
    throw invalid([{ path: "jurisdictions", message: "value.invalid" }]);
  }
  if (isOpen && input.contact === "") {
    throw invalid([{ path: "contact", message: "campaign.contact_missing" }]);
  }
  if (isOpen && (input.asksName || input.asksUpdates) && !hasKeys(campaign)) {
    throw invalid([{ path: "asksName", message: "campaign.keys_missing" }]);
  }
  const before = await readCampaignSettings(deps, campaign);
  const now = deps.clock.now();
  // What is kept is counted from the end: one in the past would erase it at once.
  if (input.closesAt !== before.closesAt && input.closesAt < dayOf(now)) {
    throw invalid([{ path: "closesAt", message: "campaign.closes_past" }]);
  }
  const wasOpen = isOpen && phaseOf(campaign, now) !== "upcoming";
  if (wasOpen && input.opensAt !== before.opensAt && input.opensAt > dayOf(now)) {
    throw invalid([{ path: "opensAt", message: "campaign.opened" }]);
  }
  const audit: Audit = {
    campaign: campaign.slug,
    by,
    act: "campaign.settings",
    before,
    after: input,
    ...(told && { told }),
  };
  if (!(await saveSettings(deps, campaign.slug, input, audit))) throw savedMeanwhile();
}

/** Every text of a campaign as its organizers wrote it. */
export async function readSourceTexts(deps: Deps, slug: string): Promise<SourceText[]> {
  return findTexts(deps, slug);
}

/** Whether a save changes a consent that people have read: that is for owners. */
export async function changesConsent(
  deps: Deps,
  campaign: Campaign,
  locale: string,
  { consent }: TextInput,
): Promise<boolean> {
  if (campaign.status === "draft") return false;
  const before = await findSourceText(deps, campaign.slug, locale);
  return before !== null && before.consent !== consent;
}

/**
 * The version of a consent that is changed now. Of the careful way a row keeps a month and the day of the
 * version: in a campaign that people sign the text changes on one day of a month at most. Throws
 * `request.invalid` (422).
 */
function nextConsent(deps: Deps, campaign: Campaign): string {
  const today = dayOf(deps.clock.now());
  const last = consentDay(campaign.consentVersion);
  const wasRead = campaign.status !== "draft" && last >= dayOf(campaign.opensAt);
  const isChanged = last !== campaign.consentVersion;
  if (wasRead && isChanged && last < today && last.slice(0, 7) === today.slice(0, 7)) {
    throw invalid([{ path: "consent", message: "consent.this_month" }]);
  }
  return `${today}.${campaign.version + 1}`;
}

/**
 * Saves and publishes the texts of one language; Markdown becomes HTML here, at this rare moment. A
 * changed consent text gets a version of its own, with the mails that tell of it. Throws
 * `campaign.saved_meanwhile` (409), `request.invalid` (422).
 */
export async function saveCampaignText(
  deps: Deps,
  by: string,
  campaign: Campaign,
  locale: string,
  input: TextInput,
  told?: Told,
): Promise<void> {
  if (campaign.status !== "draft" && input.runBy === "") {
    throw invalid([{ path: "runBy", message: "text.missing" }]);
  }
  const before = await findSourceText(deps, campaign.slug, locale);
  const isChanged = before !== null && before.consent !== input.consent;
  const consentVersion = isChanged ? nextConsent(deps, campaign) : null;
  const audit: Audit = {
    campaign: campaign.slug,
    by,
    act: "campaign.text",
    before: before && { locale, title: before.title, markdown: before.markdown },
    after: { locale, title: input.title, markdown: input.markdown },
    ...(told && { told }),
  };
  const html = markdownToHtml(input.markdown);
  const saved = await saveText(
    deps,
    { campaign: campaign.slug, locale, html, ...input },
    consentVersion,
    audit,
  );
  if (!saved) throw savedMeanwhile();
}

/** What still keeps a campaign from opening, as keys of the organizers' texts; empty where nothing does. */
export async function whatIsMissing(deps: Deps, campaign: Campaign): Promise<string[]> {
  const texts = await findTexts(deps, campaign.slug);
  const missing: string[] = [];
  if (texts.length === 0) missing.push("open.no_text");
  if (texts.some((text) => text.runBy === "")) missing.push("open.no_run_by");
  if (texts.some((text) => text.markdown === "")) missing.push("open.no_body");
  if (campaign.contact === "") missing.push("open.no_contact");
  if (campaign.closesAt <= deps.clock.now()) missing.push("open.closed_before");
  const asks = campaign.asksName || campaign.asksUpdates;
  if (asks && !hasKeys(campaign)) {
    missing.push("open.no_keys");
  }
  return missing;
}

/**
 * Opens, closes or archives, with the mails that tell of it. Throws `campaign.not_ready` (409) where something is missing,
 * `campaign.nothing_changed` (409), `campaign.shredded` (410), `campaign.saved_meanwhile` (409).
 */
export async function changeStatus(
  deps: Deps,
  by: string,
  campaign: Campaign,
  to: "open" | "closed" | "archived",
  told: Told,
): Promise<void> {
  if (to === "open" && campaign.shreddedAt !== null) throw new Problem(410, "campaign.shredded");
  if (to === "open" && (await whatIsMissing(deps, campaign)).length > 0) {
    throw new Problem(409, "campaign.not_ready");
  }
  const same = to === "archived" ? campaign.archived : campaign.status === to && !campaign.archived;
  if (same) throw new Problem(409, "campaign.nothing_changed");
  const status = to === "archived" ? (campaign.status === "draft" ? "draft" : "closed") : to;
  const audit: Audit = {
    campaign: campaign.slug,
    by,
    act: `campaign.${to}`,
    before: { status: campaign.status, archived: campaign.archived },
    after: { status, archived: to === "archived" },
    told,
  };
  const change = { slug: campaign.slug, version: campaign.version };
  const saved = await saveStatus(deps, change, status, to === "archived", audit);
  if (!saved) throw savedMeanwhile();
}

/**
 * Says who runs a campaign that came with the project; from then on it is no demonstration. Throws
 * `campaign.saved_meanwhile` (409).
 */
export async function takeOver(
  deps: Deps,
  by: string,
  campaign: Campaign,
  who: { runBy: string; contact: string },
): Promise<void> {
  const { slug, version } = campaign;
  const audit: Audit = { campaign: slug, by, act: "campaign.taken_over", after: who };
  if (!(await saveTakenOver(deps, { slug, version }, who, audit))) throw savedMeanwhile();
}

/** Sets a campaign's two public keys, with the mails that tell of it. Whoever calls has seen that both can be opened. */
export async function saveCampaignKeys(
  deps: Deps,
  by: string,
  campaign: Campaign,
  keys: { publicKey: string; secondKey: string },
  told: Told,
): Promise<void> {
  const { slug, version } = campaign;
  const { publicKey, secondKey } = keys;
  const audit: Audit = {
    campaign: slug,
    by,
    act: "campaign.keys",
    before: { publicKey: campaign.sealingKey, secondKey: campaign.secondKey },
    after: { publicKey, secondKey },
    told,
  };
  const saved = await saveKeys(deps, { slug, version, publicKey, secondKey }, audit);
  if (!saved) throw savedMeanwhile();
}

/** Notes whether a key opened the canary. An alarm and its end are in the log. */
export async function noteCanary(
  deps: Deps,
  by: string,
  campaign: Campaign,
  opened: boolean,
): Promise<void> {
  const changed = opened === (campaign.canaryFailedAt !== null);
  const audit: Audit | null = changed
    ? { campaign: campaign.slug, by, act: opened ? "canary.opened" : "canary.failed" }
    : null;
  if (!changed && opened) return;
  await saveCanary(deps, campaign.slug, opened ? null : deps.clock.now(), audit);
}
