import * as z from "zod";
import { campaignsOf } from "../campaigns/read.ts";
import { erasedSoon, type Erasure } from "../campaigns/ended.ts";
import { reachedCampaigns, noteMilestone } from "../campaigns/milestones.ts";
import type { Deps } from "../deps.ts";
import type { Settings } from "../env.ts";
import { HOUR, dayOf } from "../lib/clock.ts";
import { retryWrite } from "../lib/retry.ts";
import { mailStatements, namedMailId, wake } from "../mail/enqueue.ts";
import { readMailHealth } from "../mail/health.ts";
import { PRIORITY, type MailKind } from "../mail/rules.ts";
import { holdingSealed } from "../signatures/erase.ts";
import { formatNumber, loadTexts, mailText, renderMail } from "../ui/i18n.ts";
import { hasRole, type Role } from "./rules.ts";
import { openAddress } from "./door/sign-in.ts";
import { findMembers, findOwners } from "./store.ts";

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
  "erasure-sealed",
  "erasure-hashes",
  "erasure-campaign",
] as const;
type About = (typeof ABOUT)[number];

const noticeEnvelope = z.object({
  email: z.string(),
  campaign: z.string(),
  about: z.enum(ABOUT),
  /** What fills the holes of the mail's text. */
  values: z.record(z.string(), z.string()),
});
type NoticeEnvelope = z.output<typeof noticeEnvelope>;

/** Before version 2 the figures of a milestone had fields of their own. */
const firstNotice = z.object({ share: z.number(), total: z.number(), goal: z.number() }).loose();

function upgrade(opened: unknown): unknown {
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
  version: 2,
  upgrade,
  address: ({ email }) => email,
  campaign: () => null,
  async prepare(deps, notices) {
    const campaigns = await campaignsOf(
      deps,
      notices.map((notice) => notice.campaign),
    );
    return {
      isWanted: ({ campaign }) => campaigns.has(campaign),
      async render({ email, campaign: slug, about, values }) {
        await loadTexts(deps, LOCALE);
        const name = `organizers-${about}`;
        const shown = Object.entries(values).map(([key, value]) => [
          key,
          /^\d+$/.test(value) ? formatNumber(LOCALE, Number(value)) : value,
        ]);
        const { text, html } = renderMail(name, LOCALE, campaigns.get(slug)!.demonstration, {
          ...Object.fromEntries(shown),
          campaign: slug,
          link: `${deps.settings.PUBLIC_ORIGIN}/organize/${slug}`,
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
  // Pressed to and fro, they would use up the mails of everybody.
  limits: ({ settings }, { campaign, about, email }) => [
    { about: `${campaign}|${about}|${email}`, most: settings.ALERTS_PER_DAY },
  ],
};

/** One mail to everybody with at least this role; queued once for each `name`. */
async function mailsTo(
  deps: Deps,
  kind: MailKind<NoticeEnvelope>,
  role: Role,
  name: string,
  notice: Omit<NoticeEnvelope, "email">,
): Promise<D1PreparedStatement[]> {
  const members = await findMembers(deps, notice.campaign);
  const mails = await Promise.all(
    members
      // Nobody is written to who has not come in once: an owner may have named anyone.
      .filter((member) => member.entered && hasRole(member.role, role))
      .map(async (member) => ({
        id: await namedMailId(deps, `${name}|${member.organizer}`),
        envelope: { ...notice, email: await openAddress(deps, member.sealed) },
      })),
  );
  return mailStatements(deps, kind, mails);
}

/** The statement that tells every owner of something at once; once for each version of the campaign. */
export function alertsTo(
  deps: Deps,
  campaign: string,
  about: Exclude<About, "milestone">,
  version: number,
  values: Record<string, string>,
): Promise<D1PreparedStatement[]> {
  const notice = { campaign, about, values };
  return mailsTo(deps, alertMail, "owner", `${about}|${campaign}|${version}`, notice);
}

/** Tells every owner that the keys of their campaign are others now; once for each version of it. */
export async function tellOfKeys(deps: Deps, slug: string, version: number): Promise<void> {
  const mails = await alertsTo(deps, slug, "keys", version, {});
  await retryWrite(deps, () => deps.db.batch(mails));
  await wake(deps);
}

/**
 * Tells every owner, once each time that it begins, that Resend takes no mail and the fault is ours, or
 * that mail was slowed down. Where none leaves, this one waits with the others.
 */
export async function tellOfMail(deps: Deps): Promise<void> {
  const { slowed, alarm, since } = await readMailHealth(deps);
  if (since === null) return;
  const about = alarm ? ("mail-alarm" as const) : ("mail-slowed" as const);
  const values: Record<string, string> = alarm
    ? { reason: alarm }
    : { perHour: String(slowed!.perHour) };
  const mails = await Promise.all(
    (await findOwners(deps)).map(async ({ organizer, campaign, sealed }) => ({
      id: await namedMailId(deps, `${about}|${since}|${organizer}`),
      envelope: { campaign, about, values, email: await openAddress(deps, sealed) },
    })),
  );
  if (mails.length === 0) return;
  const statements = await mailStatements(deps, alertMail, mails);
  await retryWrite(deps, () => deps.db.batch(statements));
}

/** Each minute: tells organizers of a quarter, a half, three quarters and all of the goal, once each. */
export async function tellMilestones(deps: Deps): Promise<void> {
  for (const { slug, share, total, goal } of await reachedCampaigns(deps)) {
    const values = milestoneValues(share, total, goal);
    const notice = { campaign: slug, about: "milestone" as const, values };
    const mails = await mailsTo(deps, noticeMail, "viewer", `milestone|${slug}|${share}`, notice);
    await noteMilestone(deps, slug, share, mails);
    await wake(deps);
  }
}

type ErasureAbout = Extract<About, `erasure-${string}`>;

const KEPT_FOR: Record<ErasureAbout, (settings: Settings) => number> = {
  "erasure-sealed": (settings) => settings.SEALED_KEEP_DAYS,
  "erasure-hashes": (settings) => settings.HASHES_KEEP_DAYS,
  "erasure-campaign": (settings) => settings.CAMPAIGN_KEEP_DAYS,
};

/**
 * Once an hour: tells every owner of a campaign what will be erased of it by schedule, once
 * ERASURE_FIRST_NOTICE_DAYS and once ERASURE_LAST_NOTICE_DAYS before. Of several campaigns each has its hour.
 */
export async function tellErasures(deps: Deps, about: ErasureAbout): Promise<void> {
  const { settings } = deps;
  const keepDays = KEPT_FOR[about](settings);
  const last = settings.ERASURE_LAST_NOTICE_DAYS;
  const hour = Math.floor(deps.clock.now() / HOUR);
  for (const notice of [Math.max(last, settings.ERASURE_FIRST_NOTICE_DAYS), last]) {
    const soon = await stillThere(deps, about, await erasedSoon(deps, keepDays, notice, last));
    const one = soon[hour % soon.length];
    if (!one) continue;
    const { slug, at } = one;
    const values = { day: dayOf(at), days: String(notice) };
    const name = `${about}|${slug}|${notice}|${at}`;
    const mails = await mailsTo(deps, alertMail, "owner", name, { campaign: slug, about, values });
    if (mails.length > 0) await retryWrite(deps, () => deps.db.batch(mails));
    await wake(deps);
  }
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
