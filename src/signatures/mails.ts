import { readCampaign, readText } from "../campaigns/read.ts";
import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { DAY } from "../lib/clock.ts";
import { canonicalEmail } from "../lib/email.ts";
import { PRIORITY, type MailKind } from "../mail/rules.ts";
import { stopLink } from "../mail/suppress.ts";
import { loadTexts, mailText, renderMail } from "../ui/i18n.ts";
import { emailHash } from "./pepper.ts";
import { confirmationEnvelope, type ConfirmationEnvelope } from "./schema.ts";
import { findByEmail } from "./store.ts";
import { mintConfirmToken } from "./tokens.ts";
import { matchingWords } from "./words.ts";

/** The exact subject of the confirmation mail; neutral unless the campaign says otherwise. */
export async function confirmationSubject(
  deps: Deps,
  campaign: Campaign,
  locale: string,
): Promise<string> {
  if (campaign.neutralSubject) {
    await loadTexts(deps, locale);
    return mailText(
      "confirm",
      campaign.demonstration ? "subject.demonstration" : "subject",
      locale,
    );
  }
  return (await readText(deps, campaign, locale)).title;
}

/** The one mail of a signature. Nothing in it was typed by anyone. */
export const confirmationMail: MailKind<ConfirmationEnvelope> = {
  priority: PRIORITY.confirmation,
  parse: (opened) => confirmationEnvelope.parse(opened),
  address: (ask) => ask.email,
  oncePerDay: (ask) => `${ask.campaign}|${canonicalEmail(ask.email, 1)}`,
  // Whoever asked for the careful way once is not led out of it by somebody else's ask.
  merge: (older, newer) => {
    const careful = older.careful || newer.careful;
    return { ...newer, careful, updates: newer.updates && !careful };
  },
  async stillWanted(deps, ask) {
    const campaign = await readCampaign(deps, ask.campaign);
    const hash = await emailHash(deps, campaign, ask.email);
    return (await findByEmail(deps, campaign.slug, hash)) === null;
  },
  async render(deps, ask) {
    const campaign = await readCampaign(deps, ask.campaign);
    const { locale } = ask;
    await loadTexts(deps, locale);
    const origin = deps.settings.PUBLIC_ORIGIN;
    const token = await mintConfirmToken(deps, ask);
    const stop = await stopLink(deps, ask.email, locale);
    const { text, html } = renderMail("confirm", locale, campaign.demonstration, {
      words: await matchingWords(deps, campaign.slug, ask.email, locale),
      link: `${origin}/${locale}/confirm?t=${token}`,
      stop: stop.link,
      days: String(Math.floor(deps.settings.TOKEN_MS / DAY)),
    });
    return {
      to: ask.email,
      from: deps.settings.MAIL_FROM,
      subject: await confirmationSubject(deps, campaign, locale),
      text,
      html,
      headers: stop.headers,
    };
  },
};
