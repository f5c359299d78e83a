import { selfLetterMail, serverLetterMail, stoppedLetterMail } from "./letters/mails.ts";
import type { MailKinds } from "./mail/rules.ts";
import { noticeMail } from "./organizers/notices.ts";
import { signInMail } from "./organizers/sign-in.ts";
import { updateMail } from "./organizers/updates.ts";
import { confirmationMail } from "./signatures/mails.ts";

/** Every kind of mail that features send, by the name in its row. */
export const mailKinds: MailKinds = {
  confirmation: confirmationMail,
  "letter-self": selfLetterMail,
  letter: serverLetterMail,
  "sign-in": signInMail,
  notice: noticeMail,
  update: updateMail,
  "letter-stopped": stoppedLetterMail,
};
