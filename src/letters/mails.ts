import type { Deps } from "../deps.ts";
import { campaignsOf, readText } from "../campaigns/read.ts";
import { mailStatements, namedMailId } from "../mail/enqueue.ts";
import { PRIORITY, type MailKind, type Prepared, type RenderedMail } from "../mail/rules.ts";
import { escapeHtml } from "../lib/html.ts";
import { hasSigned } from "../signatures/verified.ts";
import { readForms } from "./kit.ts";
import { officeLink, unwantedAmong } from "./opt-out.ts";
import { letterFooter, releaseOf, senderName } from "./rules.ts";
import { loadTexts, mailText, renderMail } from "../ui/i18n.ts";
import {
  letterEnvelope,
  stoppedEnvelope,
  testLetterEnvelope,
  upgradeLetter,
  type LetterEnvelope,
  type StoppedEnvelope,
  type TestLetterEnvelope,
} from "./schema.ts";
import { areLettersOff } from "./switch.ts";

/** A letter's paragraphs as HTML: nothing of it is markup. */
function asHtml(text: string): string {
  const paragraphs = text
    .split("\n\n")
    .map((part) => `<p>${escapeHtml(part).replaceAll("\n", "<br>")}</p>`);
  return `<!doctype html><html><head><meta charset="utf-8"><title></title></head><body>${paragraphs.join("")}</body></html>`;
}

type OwnLetter = Pick<LetterEnvelope, "email" | "addressee" | "subject" | "body">;

/** A letter with its addressee above it, as its writer gets it. */
function ownCopy(deps: Deps, letter: OwnLetter): RenderedMail {
  const text = `${letter.addressee}\n\n${letter.body}`;
  return {
    to: letter.email,
    from: deps.settings.MAIL_FROM,
    subject: letter.subject,
    text: `${text}\n`,
    html: asHtml(text),
    headers: {},
  };
}

const prepareOwnCopy = async (deps: Deps): Promise<Prepared<OwnLetter>> => ({
  isWanted: () => true,
  render: async (letter) => ownCopy(deps, letter),
});

/** A letter mailed to its writer, to be forwarded: the letter and its addressee, and nothing else. */
export const selfLetterMail: MailKind<LetterEnvelope> = {
  name: "letter-self",
  priority: PRIORITY.signer,
  envelope: letterEnvelope,
  version: 2,
  upgrade: upgradeLetter,
  address: (letter) => letter.email,
  campaign: (letter) => letter.campaign,
  limits: (_, letter) => [
    { about: `${letter.campaign}|${letter.email}|${letter.recipient}`, most: 1 },
  ],
  merge: (_, newer) => newer,
  prepare: prepareOwnCopy,
};

/** The address that letters come from. */
export function lettersAddress(deps: Deps): string {
  const { LETTERS_ADDRESS, MAIL_FROM } = deps.settings;
  return LETTERS_ADDRESS ?? /<(.+)>$/.exec(MAIL_FROM)![1]!;
}

/**
 * A letter that the server sends: answers go to its writer. It leaves alone and is asked about until
 * then: it waits while letters are off, and ends with its campaign, its writer's signature or its office's wish.
 */
export const serverLetterMail: MailKind<LetterEnvelope> = {
  name: "letter",
  priority: PRIORITY.letter,
  envelope: letterEnvelope,
  version: 2,
  upgrade: upgradeLetter,
  address: (letter) => letter.to,
  campaign: (letter) => letter.campaign,
  async prepare(deps, letters) {
    const [campaigns, off] = await Promise.all([
      campaignsOf(
        deps,
        letters.map((letter) => letter.campaign),
      ),
      areLettersOff(deps),
    ]);
    const unwanted = await unwantedAmong(deps, letters, campaigns);
    const signed = new Map(
      await Promise.all(
        letters.map(async (letter) => {
          const campaign = campaigns.get(letter.campaign);
          const stands = campaign !== undefined && (await hasSigned(deps, campaign, letter.email));
          return [letter, stands] as const;
        }),
      ),
    );
    const over = new Map<LetterEnvelope, "ended" | "unwanted">();
    return {
      isWanted(letter) {
        const release = releaseOf(campaigns.get(letter.campaign), deps.clock.now());
        if (!signed.get(letter)) return false;
        if (release === "end") over.set(letter, "ended");
        else if (unwanted.has(letter)) over.set(letter, "unwanted");
        if (over.has(letter)) return "over";
        return release === "wait" || off ? "later" : true;
      },
      async render(letter) {
        const campaign = campaigns.get(letter.campaign)!;
        const { title } = await readText(deps, campaign, "en");
        const { link, headers } = await officeLink(deps, campaign, letter);
        const forms = await readForms(deps, letter.language);
        const text = `${letter.body}\n\n${letterFooter(forms, { campaign: title, link })}`;
        return {
          to: letter.to,
          from: `${senderName(letter.name, title)} <${lettersAddress(deps)}>`,
          replyTo: letter.email,
          subject: letter.subject,
          text: `${text}\n`,
          html: asHtml(text),
          headers,
        };
      },
      async statements() {
        const told = [...over].map(async ([letter, why]) => {
          const { campaign, email, recipient, body } = letter;
          const name = `letter-ended|${campaign}|${email}|${recipient}|${body}`;
          return { mailId: await namedMailId(deps, name), letter, why };
        });
        return noticesOf(deps, await Promise.all(told));
      },
    };
  },
};

/** Tells a supporter that a letter which waited here was not sent. */
export const stoppedLetterMail: MailKind<StoppedEnvelope> = {
  name: "letter-stopped",
  priority: PRIORITY.signer,
  envelope: stoppedEnvelope,
  version: 1,
  address: (notice) => notice.email,
  campaign: (notice) => notice.campaign,
  async prepare(deps, notices) {
    const campaigns = await campaignsOf(
      deps,
      notices.map((notice) => notice.campaign),
    );
    return {
      isWanted: ({ campaign }) => (campaigns.get(campaign)?.shreddedAt ?? null) === null,
      async render({ campaign: slug, email, locale, recipientName, why }) {
        const demonstration = campaigns.get(slug)?.demonstration ?? false;
        await loadTexts(deps, locale);
        const { text, html } = renderMail(`letter-${why}`, locale, demonstration, {
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
  },
};

/** What an owner gets who tries a draft's letters: one of them, to their own proved address. */
export const testLetterMail: MailKind<TestLetterEnvelope> = {
  name: "letter-test",
  priority: PRIORITY.rest,
  envelope: testLetterEnvelope,
  version: 1,
  address: (letter) => letter.email,
  campaign: () => null,
  always: true,
  prepare: prepareOwnCopy,
};

/**
 * The mails that tell supporters why their letters were not sent. Each has an
 * id of its own letter's, so that it is queued once.
 */
export async function noticesOf(
  deps: Deps,
  ended: readonly { mailId: number; letter: LetterEnvelope; why: StoppedEnvelope["why"] }[],
): Promise<D1PreparedStatement[]> {
  if (ended.length === 0) return [];
  return mailStatements(
    deps,
    stoppedLetterMail,
    ended.map(({ mailId, letter, why }) => {
      const { campaign, email, locale, recipientName } = letter;
      return { id: mailId, envelope: { campaign, email, locale, recipientName, why } };
    }),
  );
}
