import { dayOf } from "../lib/clock.ts";
import type { SettingsInput } from "./schema.ts";
import type { Topic } from "./topics.ts";
import { Problem } from "../lib/problem.ts";

/** A campaign as stored; times in ms. */
export interface Campaign {
  slug: string;
  status: "draft" | "open" | "closed";
  goal: number;
  opensAt: number;
  closesAt: number;
  asksName: boolean;
  asksUpdates: boolean;
  consentVersion: string;
  emailRules: number;
  /** ISO 3166-1 codes that are never published: written as `other`. */
  atRisk: string[];
  /** The organizers' raw X25519 public key, base64url. */
  sealingKey: string | null;
  neutralSubject: boolean;
  contact: string;
  demonstration: boolean;
  /** Whom its letters may go to. */
  /** Parliaments that it writes to. */
  jurisdictions: string[];
  /** Codes of committees and delegations whose members come first, best first. */
  firstBodies: string[];
  /** Whether letters in a language that no native speaker reviewed may be used. */
  unreviewedLetters: boolean;
  /** Whether the server sends letters on a supporter's word. */
  serverLetters: boolean;
  /** A sentence with one of these words is held for a look. */
  heldWords: string[];
  /** Topics that its letters may speak of; empty for all. */
  letterTopics: Topic[];
  archived: boolean;
  /** Raises with each save; a save that began from an older one is refused. */
  version: number;
  /** The second key, printed and put away: each seal is made to both. Base64url, or null. */
  secondKey: string | null;
  /** When a browser had opened a test seal with each key, ms; null before. */
  keysProvedAt: number | null;
  /** When somebody's key no longer opened the canary, ms. */
  canaryFailedAt: number | null;
  /** The highest share of the goal, in percent, that organizers were told of. */
  milestone: number;
  /** When what tells whether an address signed was destroyed, ms; null before. */
  shreddedAt: number | null;
  /** When it will be, where an owner asked for it, ms. */
  shredDueAt: number | null;
  locales: string[];
}

export interface CampaignText {
  locale: string;
  title: string;
  summary: string;
  consent: string;
  runBy: string;
  html: string;
}

/** A campaign's texts in one language, as written. */
export interface SourceText extends Omit<CampaignText, "html"> {
  markdown: string;
  version: number;
}

export type Phase = "draft" | "upcoming" | "open" | "closed";

export function phaseOf(campaign: Campaign, now: number): Phase {
  if (campaign.status === "draft") return "draft";
  if (campaign.status === "closed" || now >= campaign.closesAt) return "closed";
  return now < campaign.opensAt ? "upcoming" : "open";
}

/** Throws `campaign.not_yet_open` or `campaign.closed` (409) with the day in question. */
export function requireOpen(campaign: Campaign, now: number): void {
  const phase = phaseOf(campaign, now);
  if (phase === "open") return;
  const [code, at] =
    phase === "closed"
      ? (["campaign.closed", Math.min(campaign.closesAt, now)] as const)
      : (["campaign.not_yet_open", campaign.opensAt] as const);
  throw new Problem(409, code, { values: { date: dayOf(at) } });
}

/** Throws `campaign.not_yet_open` (409) before it opens, `campaign.shredded` (410) once nothing of anyone is kept. */
export function requireKept(campaign: Campaign, now: number): void {
  if (campaign.shreddedAt !== null) throw new Problem(410, "campaign.shredded");
  if (phaseOf(campaign, now) !== "closed") requireOpen(campaign, now);
}

/** Of a version of the consent the day (UTC) on which it was written; all of one day are alike then. */
export const consentDay = (version: string): string => version.split(".")[0]!;

/** Texts in the wanted locale, else English, else the first there is. */
export function chooseLocale(available: string[], wanted: string): string {
  if (available.includes(wanted)) return wanted;
  return available.includes("en") ? "en" : (available[0] ?? "en");
}

/** Settings on which the safety of signers, or what is kept of them, hangs: owners alone change them. */
const OWNERS_SETTINGS = [
  "atRisk",
  "neutralSubject",
  "serverLetters",
  "opensAt",
  "closesAt",
] as const;
export type OwnersSetting = (typeof OWNERS_SETTINGS)[number];

/** The owners' settings of a campaign: of a draft nothing is kept of anybody yet, so its days are everybody's. */
export function ownersSettings({ status }: Pick<Campaign, "status">): readonly OwnersSetting[] {
  if (status !== "draft") return OWNERS_SETTINGS;
  return OWNERS_SETTINGS.filter((name) => !name.endsWith("At"));
}

/**
 * Which of them a save changes, of a campaign as it was read. Throws `campaign.saved_meanwhile` (409)
 * where the save was made from another version than that.
 */
export function ownersChanges(
  campaign: Pick<Campaign, "status">,
  before: SettingsInput,
  input: SettingsInput,
): OwnersSetting[] {
  if (before.version !== input.version) throw savedMeanwhile();
  const text = (value: SettingsInput[OwnersSetting]) =>
    Array.isArray(value) ? value.toSorted().join() : String(value);
  return ownersSettings(campaign).filter((name) => text(before[name]) !== text(input[name]));
}

/** Somebody else saved since the page was opened (`campaign.saved_meanwhile`, 409). */
export const savedMeanwhile = () => new Problem(409, "campaign.saved_meanwhile");
