import type { AskByMail } from "../inbound/answer.ts";
import { confirmationMail } from "./mails.ts";
import type { ConfirmationEnvelope } from "./schema.ts";

/** What a mail that somebody sends asks for: the ordinary mail, with nothing chosen before its press. */
export const askByMail: AskByMail<ConfirmationEnvelope> = {
  kind: confirmationMail,
  envelope: ({ campaign, locale }, email) => ({
    campaign: campaign.slug,
    email,
    country: "none",
    locale,
    consentVersion: campaign.consentVersion,
    careful: false,
    updates: false,
    ref: null,
    words: [],
  }),
};
