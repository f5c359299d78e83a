import * as z from "zod";
import { campaignsOf } from "../campaigns/read.ts";
import { reachedCampaigns, noteMilestone } from "../campaigns/milestones.ts";
import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";
import { mailsStatement, namedMailId, wake } from "../mail/enqueue.ts";
import { PRIORITY, type MailKind } from "../mail/rules.ts";
import { formatNumber, loadTexts, mailText, renderMail } from "../ui/i18n.ts";
import { isEnough, type Role } from "./rules.ts";
import { openAddress } from "./door/sign-in.ts";
import { findMembers } from "./store.ts";

/** Organizers' mails are in English only, so far. */
const LOCALE = "en";

const noticeEnvelope = z.object({
  email: z.string(),
  campaign: z.string(),
  about: z.enum(["milestone", "keys"]),
  share: z.number(),
  total: z.number(),
  goal: z.number(),
});
type NoticeEnvelope = z.output<typeof noticeEnvelope>;

/** News for organizers about their own campaign. */
export const noticeMail: MailKind<NoticeEnvelope> = {
  name: "notice",
  priority: PRIORITY.rest,
  envelope: noticeEnvelope,
  version: 1,
  address: ({ email }) => email,
  campaign: () => null,
  async prepare(deps, notices) {
    const campaigns = await campaignsOf(
      deps,
      notices.map((notice) => notice.campaign),
    );
    return {
      isWanted: ({ campaign }) => campaigns.has(campaign),
      async render({ email, campaign: slug, about, share, total, goal }) {
        await loadTexts(deps, LOCALE);
        const name = `organizers-${about}`;
        const { text, html } = renderMail(name, LOCALE, campaigns.get(slug)!.demonstration, {
          campaign: slug,
          share: String(share),
          total: formatNumber(LOCALE, total),
          goal: formatNumber(LOCALE, goal),
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
};

/** One mail to everybody with at least this role; queued once for each `name`. */
async function noticesTo(
  deps: Deps,
  role: Role,
  name: string,
  notice: Omit<NoticeEnvelope, "email">,
): Promise<D1PreparedStatement> {
  const members = await findMembers(deps, notice.campaign);
  const mails = await Promise.all(
    members
      .filter((member) => isEnough(member.role, role))
      .map(async (member) => ({
        id: await namedMailId(deps, `${name}|${member.organizer}`),
        envelope: { ...notice, email: await openAddress(deps, member.sealed) },
      })),
  );
  return mailsStatement(deps, noticeMail, mails);
}

/** Tells every owner that the keys of their campaign are others now; once for each version of it. */
export async function tellOfKeys(deps: Deps, slug: string, version: number): Promise<void> {
  const notice = { campaign: slug, about: "keys" as const, share: 0, total: 0, goal: 0 };
  const mails = await noticesTo(deps, "owner", `keys|${slug}|${version}`, notice);
  await retryWrite(deps, () => mails.run());
  await wake(deps);
}

/** Each minute: tells organizers of a quarter, a half, three quarters and all of the goal, once each. */
export async function tellMilestones(deps: Deps): Promise<void> {
  for (const { slug, share, total, goal } of await reachedCampaigns(deps)) {
    const notice = { campaign: slug, about: "milestone" as const, share, total, goal };
    const mails = await noticesTo(deps, "viewer", `milestone|${slug}|${share}`, notice);
    await noteMilestone(deps, slug, share, [mails]);
    await wake(deps);
  }
}
