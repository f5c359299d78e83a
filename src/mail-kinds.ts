import {
  selfLetterMail,
  serverLetterMail,
  stoppedLetterMail,
  testLetterMail,
} from "./letters/mails.ts";
import type { AnyKind, MailKinds } from "./mail/rules.ts";
import { alertMail, noticeMail } from "./organizers/notices.ts";
import { signInMail } from "./organizers/door/sign-in.ts";
import { updateMail } from "./organizers/updates/updates.ts";
import { confirmationMail } from "./signatures/mails.ts";

const KINDS: readonly AnyKind[] = [
  confirmationMail,
  selfLetterMail,
  serverLetterMail,
  signInMail,
  noticeMail,
  alertMail,
  updateMail,
  stoppedLetterMail,
  testLetterMail,
];

/** Every kind of mail that features send, by the name in its row. */
export const mailKinds: MailKinds = Object.fromEntries(KINDS.map((kind) => [kind.name, kind]));
