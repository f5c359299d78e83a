import { campaignsOf, readText, titlesOf } from "../campaigns/read.ts";
import { providerState } from "../lib/providers.ts";
import { riskOf } from "../campaigns/risk.ts";
import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { DAY } from "../lib/clock.ts";
import { mailboxOf } from "../lib/email.ts";
import { notFound } from "../lib/problem.ts";
import { PRIORITY, type MailKind } from "../mail/rules.ts";
import { stopLink } from "../mail/suppress.ts";
import { loadTexts, mailText, renderMail } from "../ui/i18n.ts";
import { confirmationEnvelope, type ConfirmationEnvelope } from "./schema.ts";
import { mintConfirmToken } from "./tokens.ts";
import { joinWords } from "./words.ts";

/** The neutral subject; its texts have to be loaded. */
const neutralSubject = (campaign: Campaign, locale: string) =>
  mailText("confirm", campaign.demonstration ? "subject.demonstration" : "subject", locale);

/**
 * Whether the subject says nothing of the campaign: where it says so, and always to whoever asked in the
 * careful way or may be in a country at risk, or
 * has their mailbox under its law.
 */
export function isSubjectNeutral(
  campaign: Campaign,
  {
    country,
    email,
    locale,
    careful,
  }: Pick<ConfirmationEnvelope, "country" | "email" | "locale" | "careful">,
): boolean {
  const risk = riskOf(campaign, { countries: [country], locales: [locale], careful });
  return campaign.neutralSubject || careful || risk.atRisk || providerState(email) !== null;
}

/** The exact subject of the confirmation mail. */
export async function confirmationSubject(
  deps: Deps,
  campaign: Campaign,
  locale: string,
  neutral: boolean,
): Promise<string> {
  if (!neutral) return (await readText(deps, campaign, locale)).title;
  await loadTexts(deps, locale);
  return neutralSubject(campaign, locale);
}

/** The one mail of a signature. Nothing in it was typed by anyone. */
export const confirmationMail: MailKind<ConfirmationEnvelope> = {
  name: "confirmation",
  priority: PRIORITY.confirmation,
  envelope: confirmationEnvelope,
  version: 2,
  upgrade: (opened) => ({ ...(opened as object), words: [] }),
  address: (ask) => ask.email,
  campaign: (ask) => ask.campaign,
  keepMs: ({ settings }, ask) =>
    ask.careful ? settings.MAIL_KEPT_CAREFUL_MS : settings.MAIL_KEPT_MS,
  limits: ({ settings }, ask) => {
    const mailbox = mailboxOf(ask.email);
    return [
      { about: `${ask.campaign}|${mailbox}`, most: settings.ASKS_PER_CAMPAIGN },
      { about: mailbox, most: settings.ASKS_PER_MAILBOX },
    ];
  },
  // Anyone can ask for anyone: where two asks differ it is careful and without news, until the press.
  merge: (older, newer) => {
    const agree = (["country", "careful", "updates"] as const).every(
      (choice) => older[choice] === newer[choice],
    );
    const words = joinWords(older.words, newer.words);
    if (agree) return { ...older, words };
    const country = older.country === newer.country ? older.country : "none";
    return { ...older, words, country, careful: true, updates: false };
  },
  async prepare(deps, asks) {
    const campaigns = await campaignsOf(
      deps,
      asks.map((ask) => ask.campaign),
    );
    const titleOf = await titlesOf(
      deps,
      asks.flatMap(({ campaign: slug, locale }) => {
        const campaign = campaigns.get(slug);
        return campaign && !campaign.neutralSubject ? [{ campaign, locale }] : [];
      }),
    );
    return {
      // A frozen mail aside, nothing of a campaign leaves once it is shredded.
      isWanted: (ask) => (campaigns.get(ask.campaign)?.shreddedAt ?? null) === null,
      async render(ask, lane) {
        const campaign = campaigns.get(ask.campaign);
        if (!campaign) throw notFound();
        const { locale } = ask;
        await loadTexts(deps, locale);
        const token = await mintConfirmToken(deps, ask, lane ?? "plain");
        const stop = await stopLink(deps, ask.email, locale);
        // No page has shown words, or a subject, to whoever asked by a mail of their own.
        const isAnswer = ask.words.length === 0;
        const template = isAnswer ? "answer" : "confirm";
        const { text, html } = renderMail(template, locale, campaign.demonstration, {
          words: ask.words.join(" · "),
          pairs: String(ask.words.length),
          link: `${deps.settings.PUBLIC_ORIGIN}/${locale}/confirm?t=${token}`,
          stop: stop.link,
          days: String(Math.floor(deps.settings.TOKEN_MS / DAY)),
        });
        return {
          to: ask.email,
          from: deps.settings.MAIL_FROM,
          subject:
            isAnswer || isSubjectNeutral(campaign, ask)
              ? neutralSubject(campaign, locale)
              : titleOf(campaign, locale),
          text,
          html,
          headers: stop.headers,
        };
      },
    };
  },
};
