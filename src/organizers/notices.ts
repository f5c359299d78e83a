import * as z from "zod";
import { audited, auditId, type Guard, type Told } from "../audit/statements.ts";
import { campaignsOf } from "../campaigns/read.ts";
import { toTell, type Erasure } from "../campaigns/ended.ts";
import { noteTold, type ErasureAbout } from "../campaigns/statements.ts";
import { reachedCampaigns, noteMilestone } from "../campaigns/milestones.ts";
import type { Deps } from "../deps.ts";
import { DAY, HOUR, dayOf } from "../lib/clock.ts";
import type { Bytes } from "../lib/bytes.ts";
import { Problem } from "../lib/problem.ts";
import { retryWrite } from "../lib/retry.ts";
import { mailStatements, namedMailId, wake } from "../mail/enqueue.ts";
import { readMailTrouble } from "../mail/health.ts";
import { mayPress } from "../mail/press.ts";
import { PRIORITY, type Door, type MailKind } from "../mail/rules.ts";
import { holdingSealed } from "../signatures/erase.ts";
import { formatNumber, loadTexts, mailText, renderMail } from "../ui/i18n.ts";
import { hasRole, type Role } from "./rules.ts";
import { openAddress } from "./door/address.ts";
import { findMembers, findOwners, sessionIs } from "./store.ts";
import { moment } from "./words.ts";

/** Organizers' mails are in English only, so far. */
const LOCALE = "en";

/** What organizers are told of: `organizers-<about>` in templates/mail. */
const ABOUT = [
  "milestone",
  "keys",
  "shred",
  "shred-stopped",
  "mail-alarm",
  "mail-slowed",
  "person",
  "role",
  "role-taken",
  "export",
  "letters-on",
  "letters-off",
  "settings",
  "status",
  "consent",
  "fact",
  "door",
  "all-letters-on",
  "all-letters-off",
  "new-browser",
  "erasure-sealed",
  "erasure-hashes",
  "erasure-campaign",
  "quarantine",
  "taken-out",
  "brought-back",
] as const;
type About = (typeof ABOUT)[number];

/** Acts of people in a campaign that its owners are told of. */
type TellingAct = Extract<
  About,
  | "keys"
  | "person"
  | "role"
  | "role-taken"
  | "export"
  | "letters-on"
  | "letters-off"
  | "settings"
  | "status"
  | "consent"
  | "taken-out"
  | "brought-back"
>;

const noticeEnvelope = z.object({
  email: z.string(),
  /** Null for what is about no campaign. */
  campaign: z.string().nullable(),
  about: z.enum(ABOUT),
  /** What fills the holes of the mail's text. */
  values: z.record(z.string(), z.string()),
});
type NoticeEnvelope = z.output<typeof noticeEnvelope>;

/** In version 1 the figures of a milestone had fields of their own; in version 2 each had a campaign. */
const firstNotice = z.object({ share: z.number(), total: z.number(), goal: z.number() }).loose();

function upgrade(opened: unknown, version: number): unknown {
  if (version === 2) return opened;
  const { share, total, goal, ...rest } = firstNotice.parse(opened);
  return { ...rest, values: milestoneValues(share, total, goal) };
}

const milestoneValues = (share: number, total: number, goal: number) => ({
  share: String(share),
  total: String(total),
  goal: String(goal),
});

const kindOf = (
  name: string,
  priority: MailKind<NoticeEnvelope>["priority"],
): MailKind<NoticeEnvelope> => ({
  name,
  priority,
  envelope: noticeEnvelope,
  version: 3,
  upgrade,
  address: ({ email }) => email,
  campaign: () => null,
  async prepare(deps, notices) {
    const campaigns = await campaignsOf(
      deps,
      notices.flatMap(({ campaign }) => (campaign === null ? [] : [campaign])),
    );
    return {
      isWanted: ({ campaign }) => campaign === null || campaigns.has(campaign),
      async render({ email, campaign: slug, about, values }) {
        await loadTexts(deps, LOCALE);
        const name = `organizers-${about}`;
        const shown = Object.entries(values).map(([key, value]) => [
          key,
          /^\d+$/.test(value) ? formatNumber(LOCALE, Number(value)) : value,
        ]);
        const room = `${deps.settings.PUBLIC_ORIGIN}/organize`;
        const place = slug === null ? { link: room } : { campaign: slug, link: `${room}/${slug}` };
        const demonstration = slug !== null && campaigns.get(slug)!.demonstration;
        const { text, html } = renderMail(name, LOCALE, demonstration, {
          ...Object.fromEntries(shown),
          ...place,
        });
        return {
          to: email,
          from: deps.settings.MAIL_FROM,
          subject: mailText(name, "subject", LOCALE),
          text,
          html,
          headers: {},
        };
      },
    };
  },
});

/** News for organizers about their own campaign. */
export const noticeMail = kindOf("notice", PRIORITY.rest);
/** What owners have to hear of at once: it leaves first, waits behind nothing, and no wish stops it. */
export const alertMail: MailKind<NoticeEnvelope> = {
  ...kindOf("alert", PRIORITY.notice),
  always: true,
  // To and fro, what every owner of every campaign hears of would use up the mails of everybody. Acts in a
  // campaign have a limit of their own (`countAct`): one that was done is always told.
  limits: ({ settings }, { about, email }) =>
    OF_ALL.has(about) ? [{ about: `${about}|${email}`, most: settings.ALERTS_PER_DAY }] : [],
};

const OF_ALL: ReadonlySet<About> = new Set(["mail-alarm", "mail-slowed", "door", "fact"]);

/** Acts that protect signers: nobody is kept from one by what they have done before. Each undoes a counted one. */
const PROTECTS: ReadonlySet<About> = new Set(["role-taken", "shred-stopped", "letters-off"]);

/** Throws `organizer.acts_used` (429) where somebody has done ACTS_PER_DAY in this UTC day that owners are told of. */
async function countAct(
  deps: Deps,
  by: string,
  about: About,
  values: Record<string, string> = {},
): Promise<void> {
  const closes = about === "status" && values["to"] !== "open";
  if (by === "operator" || closes || PROTECTS.has(about)) return;
  if (await mayPress(deps, "act", by, deps.settings.ACTS_PER_DAY)) return;
  throw new Problem(429, "organizer.acts_used");
}

interface Reader {
  organizer: string;
  sealed: Bytes;
}

/** One mail to each of these people; queued once for each `name`, and not where `guard` does not hold. */
async function mailsTo(
  deps: Deps,
  kind: MailKind<NoticeEnvelope>,
  readers: readonly Reader[],
  name: string,
  notice: Omit<NoticeEnvelope, "email">,
  guard?: Guard,
): Promise<D1PreparedStatement[]> {
  const mails = await Promise.all(
    readers.map(async ({ organizer, sealed }) => ({
      id: await namedMailId(deps, `${name}|${organizer}`),
      envelope: { ...notice, email: await openAddress(deps, sealed) },
    })),
  );
  return mailStatements(deps, kind, mails, guard);
}

/** Everybody with at least this role who has come in once: an owner may have named anyone. */
async function readersOf(deps: Deps, campaign: string, role: Role): Promise<Reader[]> {
  const members = await findMembers(deps, campaign);
  return members.filter((member) => member.entered && hasRole(member.role, role));
}

/**
 * The statements that tell every owner of something at once; once for each version of the campaign. Throws
 * `organizer.acts_used` (429).
 */
export async function alertsTo(
  deps: Deps,
  by: string,
  campaign: string,
  about: "shred" | "shred-stopped",
  version: number,
  values: Record<string, string>,
): Promise<D1PreparedStatement[]> {
  await countAct(deps, by, about);
  const owners = await readersOf(deps, campaign, "owner");
  const name = `${about}|${campaign}|${version}`;
  return mailsTo(deps, alertMail, owners, name, { campaign, about, values });
}

/**
 * Tells every owner of a campaign of an act, in the batch that writes the act down: those who are owners
 * before it, so that one whose role is taken hears of it. Whoever calls wakes the sender afterwards. Throws
 * `organizer.acts_used` (429): an act that could not be told is not done.
 */
export async function tellOwners(
  deps: Deps,
  by: string,
  campaign: string,
  about: TellingAct,
  values: Record<string, string> = {},
): Promise<Told> {
  await countAct(deps, by, about, values);
  const id = auditId(deps);
  const owners = await readersOf(deps, campaign, "owner");
  const notice = { campaign, about, values };
  return { id, mails: await mailsTo(deps, alertMail, owners, id, notice, audited(id)) };
}

/** The same of a quarantine that begins by itself; once for each, by its id. */
export async function tellOfQuarantine(deps: Deps, campaign: string, id: string): Promise<Told> {
  const owners = await readersOf(deps, campaign, "owner");
  const hours = String(Math.round(deps.settings.QUARANTINE_MS / HOUR));
  const notice = { campaign, about: "quarantine" as const, values: { hours } };
  return { id, mails: await mailsTo(deps, alertMail, owners, id, notice, audited(id)) };
}

/** The same for every owner of any campaign, of the switch for the letters of all of them. */
export async function tellOfAllLetters(deps: Deps, on: boolean): Promise<Told> {
  const id = auditId(deps);
  const owners = await findOwners(deps);
  const about = on ? "all-letters-on" : "all-letters-off";
  const notice = { campaign: null, about, values: {} } as const;
  return { id, mails: await mailsTo(deps, alertMail, owners, id, notice, audited(id)) };
}

/** The same of what the door asks for, for all of them. Throws `organizer.acts_used` (429). */
export async function tellOfDoor(deps: Deps, by: string, door: Door): Promise<Told> {
  await countAct(deps, by, "door");
  const id = auditId(deps);
  const owners = await findOwners(deps);
  const on = (is: boolean) => (is ? "yes" : "no");
  const values = { harder: on(door.harder), slower: on(door.slower), second: on(door.second) };
  const notice = { campaign: null, about: "door", values } as const;
  return { id, mails: await mailsTo(deps, alertMail, owners, id, notice, audited(id)) };
}

/**
 * The same of a fact that somebody would change: everybody's letters rest on it. Throws
 * `organizer.acts_used` (429).
 */
export async function tellOfFact(
  deps: Deps,
  by: string,
  values: { measure: string; source: string; changed: "yes" | "no" },
): Promise<Told> {
  await countAct(deps, by, "fact");
  const id = auditId(deps);
  const owners = await findOwners(deps);
  const notice = { campaign: null, about: "fact", values } as const;
  return { id, mails: await mailsTo(deps, alertMail, owners, id, notice, audited(id)) };
}

/** Tells somebody that they signed in in a browser in which they had not before; with their session (its hash). */
export async function newBrowserMail(
  deps: Deps,
  email: string,
  session: Bytes,
): Promise<D1PreparedStatement[]> {
  const at = moment(new Date(deps.clock.now()).toISOString());
  const envelope = { email, campaign: null, about: "new-browser", values: { at } } as const;
  return mailStatements(deps, alertMail, [{ envelope }], sessionIs(session));
}

/**
 * Tells every owner, once each time that it begins, that Resend takes no mail and the fault is ours, or
 * that mail was slowed down. Where none leaves, this one waits with the others.
 */
export async function tellOfMail(deps: Deps): Promise<void> {
  const trouble = await readMailTrouble(deps);
  if (trouble === null) return;
  const { about, since, values } = trouble;
  const notice = { campaign: null, about, values };
  const owners = await findOwners(deps);
  const mails = await mailsTo(deps, alertMail, owners, `${about}|${since}`, notice);
  await retryWrite(deps, () => deps.db.batch(mails));
}

/** Tells organizers of a quarter, a half, three quarters and all of the goal, once each. */
export async function tellMilestones(deps: Deps): Promise<void> {
  for (const { slug, share, total, goal } of await reachedCampaigns(deps)) {
    const values = milestoneValues(share, total, goal);
    const notice = { campaign: slug, about: "milestone" as const, values };
    const readers = await readersOf(deps, slug, "viewer");
    const mails = await mailsTo(deps, noticeMail, readers, `milestone|${slug}|${share}`, notice);
    await noteMilestone(deps, slug, share, mails);
    await wake(deps);
  }
}

/** Campaigns of which nothing is left to erase, noted in one run: the free plan has 50 queries. */
const GONE_PER_RUN = 10;

/**
 * Once an hour: tells every owner of a campaign what will be erased of it by schedule, once
 * ERASURE_FIRST_NOTICE_DAYS and once ERASURE_LAST_NOTICE_DAYS before. Of several campaigns each has its hour.
 */
export async function tellErasures(deps: Deps, about: ErasureAbout): Promise<void> {
  const now = deps.clock.now();
  const all = await toTell(deps, about);
  const soon = await stillThere(deps, about, all);
  // Of those there is nothing to tell any more: they would stand before others for ever.
  const gone = all.filter((erasure) => !soon.includes(erasure)).slice(0, GONE_PER_RUN);
  if (gone.length > 0) {
    const noted = gone.map(({ slug, endedAt }) =>
      noteTold(deps.db, { slug, about, endedAt }, now, true),
    );
    await retryWrite(deps, () => deps.db.batch(noted));
  }
  const one = soon[Math.floor(now / HOUR) % soon.length];
  if (!one) return;
  const { slug, endedAt, at, last } = one;
  const values = { day: dayOf(at), days: String(Math.round((at - now) / DAY)) };
  const name = `${about}|${slug}|${endedAt}|${last ? "last" : "first"}`;
  const owners = await readersOf(deps, slug, "owner");
  const mails = await mailsTo(deps, alertMail, owners, name, { campaign: slug, about, values });
  const noted = noteTold(deps.db, { slug, about, endedAt }, now, last);
  await retryWrite(deps, () => deps.db.batch([...mails, noted]));
  await wake(deps);
}

/** Of these campaigns, those of which there still is what would be erased. */
async function stillThere(
  deps: Deps,
  about: ErasureAbout,
  soon: readonly Erasure[],
): Promise<readonly Erasure[]> {
  if (about === "erasure-campaign" || soon.length === 0) return soon;
  const slugs = soon.map(({ slug }) => slug);
  if (about === "erasure-sealed") {
    const holding = await holdingSealed(deps, slugs);
    return soon.filter(({ slug }) => holding.has(slug));
  }
  const campaigns = await campaignsOf(deps, slugs);
  return soon.filter(({ slug }) => campaigns.get(slug)?.shreddedAt === null);
}
