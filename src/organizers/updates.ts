import * as z from "zod";
import { readAnyCampaign } from "../campaigns/save.ts";
import type { Campaign } from "../campaigns/rules.ts";
import { line, prose } from "../campaigns/schema.ts";
import type { Deps } from "../deps.ts";
import { base64url } from "../lib/bytes.ts";
import { canonicalEmail, emailFault, NEWEST_EMAIL_RULES } from "../lib/email.ts";
import { escapeHtml } from "../lib/html.ts";
import { markdownToHtml } from "../lib/markdown.ts";
import { notFound, Problem } from "../lib/problem.ts";
import { mailStatement, namedMailId, wake } from "../mail/enqueue.ts";
import { PRIORITY, type MailKind } from "../mail/rules.ts";
import { stopLink } from "../mail/suppress.ts";
import { isLocale, loadTexts, renderMail } from "../ui/i18n.ts";
import {
  findMembers,
  findUpdate,
  findUpdates,
  handOverUpdate,
  insertUpdate,
  moveUpdate,
  type Update,
} from "./store.ts";
import { openAddress } from "./sign-in.ts";
import { loadOrganizeTexts, say } from "./texts.ts";

const ID_BYTES = 12;
const DEFAULT_LOCALE = "en";
const SUBJECT_CHARS = 150;
const MARKDOWN_CHARS = 20_000;

export const updateInput = z.strictObject({
  subject: line(SUBJECT_CHARS).refine((text) => text !== "", "text.missing"),
  markdown: prose(MARKDOWN_CHARS).refine((text) => text !== "", "text.missing"),
});

/** Addresses that the organizer's browser opened, a batch of them. */
export const handOverInput = z.strictObject({
  mails: z
    .array(z.strictObject({ email: z.string().max(254), locale: z.string().max(10) }))
    .min(1, "value.invalid")
    .max(100, "value.invalid"),
});

const updateEnvelope = z.object({
  update: z.string(),
  campaign: z.string(),
  email: z.string(),
  locale: z.string(),
  test: z.boolean(),
});
type UpdateEnvelope = z.output<typeof updateEnvelope>;

/** News to those who asked for it. Its mails wait sealed; stopping it stops those that have not left. */
export const updateMail: MailKind<UpdateEnvelope> = {
  priority: PRIORITY.rest,
  parse: (opened) => updateEnvelope.parse(opened),
  address: ({ email }) => email,
  oncePerDay: () => null,
  merge: (_, newer) => newer,
  stillWanted: async () => true,
  async isWanted(deps, { update, test }) {
    const found = await findUpdate(deps, update);
    return found !== null && (test || found.state === "sending" || found.state === "sent");
  },
  async render(deps, { update: id, campaign: slug, email, locale, test }) {
    const update = await findUpdate(deps, id);
    if (!update) throw new Error("update.gone");
    const campaign = await readAnyCampaign(deps, slug);
    await loadTexts(deps, locale);
    await loadOrganizeTexts(deps);
    const stop = await stopLink(deps, email, locale);
    const footer = renderMail("update", locale, campaign.demonstration, { stop: stop.link });
    return {
      to: email,
      from: deps.settings.MAIL_FROM,
      subject: test ? say("updates.test_subject", { subject: update.subject }) : update.subject,
      text: `${update.markdown}\n\n--\n${footer.text}`,
      html: footer.html
        .replace(/<title>.*?<\/title>/, () => `<title>${escapeHtml(update.subject)}</title>`)
        .replace("<body>", () => `<body>${update.html}<hr>`),
      headers: stop.headers,
    };
  },
};

export async function listUpdates(deps: Deps, campaign: Campaign): Promise<Update[]> {
  return findUpdates(deps, campaign.slug);
}

/** Throws `request.not_found` (404) for another campaign's, as for none. */
export async function readUpdate(deps: Deps, campaign: Campaign, id: string): Promise<Update> {
  const update = await findUpdate(deps, id);
  if (update?.campaign !== campaign.slug) throw notFound();
  return update;
}

/** Writes news as a draft; nothing is sent. Gives its id. */
export async function draftUpdate(
  deps: Deps,
  by: string,
  campaign: Campaign,
  input: z.output<typeof updateInput>,
): Promise<string> {
  const id = base64url(deps.random.bytes(ID_BYTES));
  const audit = {
    campaign: campaign.slug,
    by,
    act: "update.written",
    after: { id, subject: input.subject },
  };
  const html = markdownToHtml(input.markdown);
  await insertUpdate(deps, { id, campaign: campaign.slug, organizer: by, html, ...input }, audit);
  return id;
}

const wrongState = () => new Problem(409, "update.state");

/** Mails a draft to the organizer who asks, and to nobody else. It can be sent after that. */
export async function testUpdate(
  deps: Deps,
  by: string,
  campaign: Campaign,
  id: string,
): Promise<void> {
  const update = await readUpdate(deps, campaign, id);
  const members = await findMembers(deps, campaign.slug);
  const own = members.find((member) => member.organizer === by);
  if (!own) throw notFound();
  const envelope: UpdateEnvelope = {
    update: id,
    campaign: campaign.slug,
    email: await openAddress(deps, own.sealed),
    locale: DEFAULT_LOCALE,
    test: true,
  };
  const mail = await mailStatement(deps, { kind: "update", priority: PRIORITY.rest, envelope });
  const audit = { campaign: campaign.slug, by, act: "update.tested", after: { id: update.id } };
  const tested = await moveUpdate(deps, id, ["draft", "stopped"], null, audit, [mail]);
  if (!tested) throw wrongState();
  await wake(deps);
}

/** Begins, stops or ends the sending. Throws `update.state` (409), also before a test to oneself. */
export async function changeUpdate(
  deps: Deps,
  by: string,
  campaign: Campaign,
  id: string,
  to: "sending" | "stopped" | "sent",
): Promise<void> {
  const update = await readUpdate(deps, campaign, id);
  if (to === "sending" && update.testedAt === null) throw wrongState();
  const from = to === "sending" ? (["draft", "stopped"] as const) : (["sending"] as const);
  const audit = { campaign: campaign.slug, by, act: `update.${to}`, after: { id } };
  if (!(await moveUpdate(deps, id, [...from], to, audit))) throw wrongState();
}

/**
 * Takes a batch of addresses that the organizer's browser opened; each waits sealed in the mail
 * queue, once however often it is handed over. Throws `update.state` (409) once it was stopped.
 */
export async function handOver(
  deps: Deps,
  campaign: Campaign,
  id: string,
  input: z.output<typeof handOverInput>,
): Promise<number> {
  const update = await readUpdate(deps, campaign, id);
  if (update.state !== "sending") throw wrongState();
  const good = input.mails.filter(({ email }) => emailFault(email) === null);
  const mails = await Promise.all(
    good.map(async ({ email, locale }) => {
      const envelope: UpdateEnvelope = {
        update: id,
        campaign: campaign.slug,
        email,
        locale: isLocale(locale) ? locale : DEFAULT_LOCALE,
        test: false,
      };
      const name = `update|${id}|${canonicalEmail(email, NEWEST_EMAIL_RULES)}`;
      return mailStatement(deps, {
        id: await namedMailId(deps, name),
        kind: "update",
        priority: PRIORITY.rest,
        envelope,
      });
    }),
  );
  if (mails.length > 0) await handOverUpdate(deps, id, mails);
  await wake(deps);
  return mails.length;
}
