import type { Deps } from "../deps.ts";
import { readCampaign, readText } from "../campaigns/read.ts";
import { PRIORITY, type MailKind } from "../mail/rules.ts";
import { escapeHtml } from "../lib/html.ts";
import { senderName } from "./rules.ts";
import { loadTexts, mailText, renderMail } from "../ui/i18n.ts";
import {
  letterEnvelope,
  stoppedEnvelope,
  type LetterEnvelope,
  type StoppedEnvelope,
} from "./schema.ts";

/** A letter's paragraphs as HTML: nothing of it is markup. */
function asHtml(text: string): string {
  const paragraphs = text
    .split("\n\n")
    .map((part) => `<p>${escapeHtml(part).replaceAll("\n", "<br>")}</p>`);
  return `<!doctype html><html><head><meta charset="utf-8"><title></title></head><body>${paragraphs.join("")}</body></html>`;
}

/** A letter mailed to its writer, to be forwarded: the letter and its addressee, and nothing else. */
export const selfLetterMail: MailKind<LetterEnvelope> = {
  priority: PRIORITY.letter,
  parse: (opened) => letterEnvelope.parse(opened),
  address: (letter) => letter.email,
  oncePerDay: (letter) => `${letter.campaign}|${letter.email}|${letter.recipient}`,
  merge: (_, newer) => newer,
  stillWanted: async () => true,
  async render(deps, letter) {
    const text = `${letter.addressee}\n\n${letter.body}`;
    return {
      to: letter.email,
      from: deps.settings.MAIL_FROM,
      subject: letter.subject,
      text: `${text}\n`,
      html: asHtml(text),
      headers: {},
    };
  },
};

/** The address that letters come from. */
export function lettersAddress(deps: Deps): string {
  const { LETTERS_ADDRESS, MAIL_FROM } = deps.settings;
  return LETTERS_ADDRESS ?? /<(.+)>$/.exec(MAIL_FROM)![1]!;
}

/** A letter that the server sends: answers go to its writer. */
export const serverLetterMail: MailKind<LetterEnvelope> = {
  priority: PRIORITY.letter,
  parse: (opened) => letterEnvelope.parse(opened),
  address: (letter) => letter.to,
  oncePerDay: () => null,
  merge: (_, newer) => newer,
  stillWanted: async () => true,
  async render(deps, letter) {
    const campaign = await readCampaign(deps, letter.campaign);
    const { title } = await readText(deps, campaign, "en");
    return {
      to: letter.to,
      from: `${senderName(letter.name, title)} <${lettersAddress(deps)}>`,
      replyTo: letter.email,
      subject: letter.subject,
      text: `${letter.body}\n`,
      html: asHtml(letter.body),
      headers: {},
    };
  },
};

/** Tells a supporter that a letter which waited here was not sent. */
export const stoppedLetterMail: MailKind<StoppedEnvelope> = {
  priority: PRIORITY.letter,
  parse: (opened) => stoppedEnvelope.parse(opened),
  address: (notice) => notice.email,
  oncePerDay: () => null,
  merge: (_, newer) => newer,
  stillWanted: async () => true,
  async render(deps, { campaign: slug, email, locale, recipientName, why }) {
    const campaign = await readCampaign(deps, slug);
    await loadTexts(deps, locale);
    const { text, html } = renderMail(`letter-${why}`, locale, campaign.demonstration, {
      name: recipientName,
      link: `${deps.settings.PUBLIC_ORIGIN}/${locale}/${slug}/letters`,
    });
    return {
      to: email,
      from: deps.settings.MAIL_FROM,
      subject: mailText(`letter-${why}`, "subject", locale),
      text,
      html,
      headers: {},
    };
  },
};
