import * as z from "zod";
import { readAnyCampaign } from "../campaigns/save.ts";
import { reachedCampaigns, noteMilestone } from "../campaigns/milestones.ts";
import type { Deps } from "../deps.ts";
import { retryWrite } from "../lib/retry.ts";
import { namedMailId, mailStatement, wake } from "../mail/enqueue.ts";
import { PRIORITY, type MailKind } from "../mail/rules.ts";
import { formatNumber, loadTexts, mailText, renderMail } from "../ui/i18n.ts";
import { isEnough, type Role } from "./rules.ts";
import { openAddress } from "./sign-in.ts";
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
  priority: PRIORITY.rest,
  parse: (opened) => noticeEnvelope.parse(opened),
  address: ({ email }) => email,
  oncePerDay: () => null,
  merge: (_, newer) => newer,
  stillWanted: async () => true,
  async render(deps, notice) {
    const { email, campaign: slug, about, share, total, goal } = notice;
    const campaign = await readAnyCampaign(deps, slug);
    await loadTexts(deps, LOCALE);
    const name = `organizers-${about}`;
    const { text, html } = renderMail(name, LOCALE, campaign.demonstration, {
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

/** One mail to everybody with at least this role; queued once for each `name`. */
async function noticesTo(
  deps: Deps,
  role: Role,
  name: string,
  notice: Omit<NoticeEnvelope, "email">,
): Promise<D1PreparedStatement[]> {
  const members = await findMembers(deps, notice.campaign);
  return Promise.all(
    members
      .filter((member) => isEnough(member.role, role))
      .map(async (member) =>
        mailStatement(deps, {
          id: await namedMailId(deps, `${name}|${member.organizer}`),
          kind: "notice",
          priority: PRIORITY.rest,
          envelope: { ...notice, email: await openAddress(deps, member.sealed) },
        }),
      ),
  );
}

/** Tells every owner that the keys of their campaign are others now; once for each version of it. */
export async function tellOfKeys(deps: Deps, slug: string, version: number): Promise<void> {
  const notice = { campaign: slug, about: "keys" as const, share: 0, total: 0, goal: 0 };
  const mails = await noticesTo(deps, "owner", `keys|${slug}|${version}`, notice);
  if (mails.length > 0) await retryWrite(deps, () => deps.db.batch(mails));
  await wake(deps);
}

/** Each minute: tells organizers of a quarter, a half, three quarters and all of the goal, once each. */
export async function tellMilestones(deps: Deps): Promise<void> {
  for (const { slug, share, total, goal } of await reachedCampaigns(deps)) {
    const notice = { campaign: slug, about: "milestone" as const, share, total, goal };
    const mails = await noticesTo(deps, "viewer", `milestone|${slug}|${share}`, notice);
    await noteMilestone(deps, slug, share, mails);
    await wake(deps);
  }
}
