import type { Audit } from "../../audit/statements.ts";
import * as z from "zod";
import { campaignsOf } from "../../campaigns/read.ts";
import type { Campaign } from "../../campaigns/rules.ts";
import { line, markdown } from "../../campaigns/schema.ts";
import type { Deps } from "../../deps.ts";
import { base64url, fromBase64url } from "../../lib/bytes.ts";
import { canonicalEmail, emailFault, FIRST_EMAIL_RULES } from "../../lib/email.ts";
import { escapeHtml } from "../../lib/html.ts";
import { markdownToHtml } from "../../lib/markdown.ts";
import { notFound, Problem } from "../../lib/problem.ts";
import { mailStatements, namedMailId, wake } from "../../mail/enqueue.ts";
import { countPress } from "../../mail/press.ts";
import { PRIORITY, type MailKind } from "../../mail/rules.ts";
import { stopLink } from "../../mail/suppress.ts";
import { askedForUpdates } from "../../signatures/update-ticket.ts";
import { isLocale, loadTexts, renderMail } from "../../ui/i18n.ts";
import {
  findStaleUpdates,
  findUpdate,
  findUpdates,
  findUpdatesById,
  saveHandedOver,
  insertUpdate,
  moveUpdate,
  replaceUpdateHtml,
  type Update,
} from "../store.ts";
import { ownAddress } from "../people/invite.ts";
import { loadOrganizeTexts, t } from "../texts.ts";

const ID_BYTES = 12;
const DEFAULT_LOCALE = "en";
const SUBJECT_CHARS = 150;
const MARKDOWN_CHARS = 20_000;

export const updateInput = z.strictObject({
  subject: line(SUBJECT_CHARS).refine((text) => text !== "", "text.missing"),
  markdown: markdown(MARKDOWN_CHARS).refine((text) => text !== "", "text.missing"),
});

/** Addresses that the organizer's browser opened, each with its row and the ticket from its seal. */
export const handOverInput = z.strictObject({
  mails: z
    .array(
      z.strictObject({
        id: z.string().max(40),
        ticket: z.string().max(60),
        email: z.string().max(254),
        locale: z.string().max(10),
      }),
    )
    .min(1, "value.invalid")
    .max(100, "value.invalid"),
});

const updateEnvelope = z.object({
  update: z.string(),
  campaign: z.string(),
  email: z.string(),
  locale: z.string(),
  test: z.boolean(),
  /** The row and the ticket that it was handed over with; null for a test. */
  reader: z.object({ id: z.string(), ticket: z.string() }).nullable(),
});
type UpdateEnvelope = z.output<typeof updateEnvelope>;

/** News to those who asked for it. Its mails wait sealed; stopping it stops those that have not left. */
export const updateMail: MailKind<UpdateEnvelope> = {
  name: "update",
  priority: PRIORITY.rest,
  envelope: updateEnvelope,
  version: 2,
  // Before version 2 the reader was asked about only when handed over.
  upgrade: (opened) => ({ ...(opened as object), reader: null }),
  address: ({ email }) => email,
  campaign: ({ campaign }) => campaign,
  async prepare(deps, mails) {
    const [updates, campaigns] = await Promise.all([
      findUpdatesById(deps, [...new Set(mails.map((mail) => mail.update))]),
      campaignsOf(
        deps,
        mails.map((mail) => mail.campaign),
      ),
    ]);
    const withdrawn = await readersGone(deps, mails);
    return {
      isWanted({ update: id, test, reader }) {
        const update = updates.get(id);
        if (!update || (reader && withdrawn.has(reader.id))) return false;
        return test || update.state === "sending" || update.state === "sent";
      },
      async render({ update: id, campaign: slug, email, locale, test }) {
        const update = updates.get(id)!;
        await loadTexts(deps, locale);
        await loadOrganizeTexts(deps);
        const stop = await stopLink(deps, email, locale);
        const demonstration = campaigns.get(slug)?.demonstration ?? false;
        const footer = renderMail("update", locale, demonstration, { stop: stop.link });
        return {
          to: email,
          from: deps.settings.MAIL_FROM,
          subject: test ? t("updates.test_subject", { subject: update.subject }) : update.subject,
          text: `${update.markdown}\n\n--\n${footer.text}`,
          html: footer.html
            .replace(/<title>.*?<\/title>/, () => `<title>${escapeHtml(update.subject)}</title>`)
            .replace("<body>", () => `<body>${update.html}<hr>`),
          headers: stop.headers,
        };
      },
    };
  },
};

/** Of the readers of these mails, the rows of those who withdrew since. */
async function readersGone(deps: Deps, mails: readonly UpdateEnvelope[]): Promise<Set<string>> {
  const gone = new Set<string>();
  const read = mails.flatMap(({ campaign, email, reader }) => {
    const id = reader && fromBase64url(reader.id);
    return id ? [{ campaign, email, id, row: reader.id, ticket: reader.ticket }] : [];
  });
  for (const [campaign, readers] of Map.groupBy(read, (reader) => reader.campaign)) {
    const still = new Set((await askedForUpdates(deps, campaign, readers)).map(({ row }) => row));
    for (const { row } of readers) if (!still.has(row)) gone.add(row);
  }
  return gone;
}

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
  const audit: Audit = {
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

/**
 * Mails a draft to the organizer who asks, and to nobody else. It can be sent after that. Throws
 * `update.state` (409), `mail.presses_used` (429).
 */
export async function testUpdate(
  deps: Deps,
  by: string,
  campaign: Campaign,
  id: string,
): Promise<void> {
  const update = await readUpdate(deps, campaign, id);
  await countPress(deps, by);
  const envelope: UpdateEnvelope = {
    update: id,
    campaign: campaign.slug,
    email: await ownAddress(deps, campaign.slug, by),
    locale: DEFAULT_LOCALE,
    test: true,
    reader: null,
  };
  const mails = await mailStatements(deps, updateMail, [{ envelope }]);
  const audit: Audit = {
    campaign: campaign.slug,
    by,
    act: "update.tested",
    after: { id: update.id },
  };
  const tested = await moveUpdate(deps, id, ["draft", "stopped"], null, audit, mails);
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
  const audit: Audit = { campaign: campaign.slug, by, act: `update.${to}`, after: { id } };
  if (!(await moveUpdate(deps, id, [...from], to, audit))) throw wrongState();
}

/**
 * Takes a batch of addresses that the organizer's browser opened; each waits sealed in the mail
 * queue, once however often it is handed over. One that did not ask for news, or withdrew, gets none.
 * Gives how many were taken. Throws `update.state` (409) once it was stopped.
 */
export async function handOverUpdate(
  deps: Deps,
  campaign: Campaign,
  id: string,
  input: z.output<typeof handOverInput>,
): Promise<number> {
  const update = await readUpdate(deps, campaign, id);
  if (update.state !== "sending") throw wrongState();
  const readers = input.mails.flatMap((mail) => {
    const row = fromBase64url(mail.id);
    return row && emailFault(mail.email) === null ? [{ ...mail, id: row }] : [];
  });
  const asked = await askedForUpdates(deps, campaign.slug, readers);
  const mails = await Promise.all(
    asked.map(async ({ id: row, ticket, email, locale }) => {
      const name = `update|${id}|${canonicalEmail(email, FIRST_EMAIL_RULES)}`;
      const envelope: UpdateEnvelope = {
        update: id,
        campaign: campaign.slug,
        email,
        locale: isLocale(locale) ? locale : DEFAULT_LOCALE,
        test: false,
        reader: { id: base64url(row), ticket },
      };
      return { id: await namedMailId(deps, name), envelope };
    }),
  );
  if (mails.length > 0) {
    const ids = mails.map((mail) => mail.id);
    await saveHandedOver(deps, id, ids, await mailStatements(deps, updateMail, mails));
  }
  await wake(deps);
  return mails.length;
}

/** Makes anew, some at a time, the HTML of news that an older renderer made. */
export async function renderStaleUpdates(deps: Deps): Promise<void> {
  for (const { id, markdown: source } of await findStaleUpdates(deps)) {
    await replaceUpdateHtml(deps, id, markdownToHtml(source));
  }
}
