import { Resend } from "resend";
import type { Deps } from "../deps.ts";
import type { RenderedMail, SendError } from "./rules.ts";

export type SendAnswer =
  /** By place in the batch: Resend's id, or the name of the error for that mail alone. */
  | { ok: true; mails: ({ id: string | null } | { error: string; field: string | null })[] }
  | { ok: false; error: SendError };

/**
 * Sends one frozen batch in permissive mode. Never throws; no answer within MAIL_ANSWER_MS, like
 * any answer without a status, means that nobody knows whether it was accepted.
 */
export async function sendBatch(
  deps: Deps,
  idempotencyKey: string,
  mails: RenderedMail[],
): Promise<SendAnswer> {
  const resend = new Resend(deps.settings.RESEND_API_KEY, {
    baseUrl: deps.settings.RESEND_BASE_URL,
  });
  const request = resend.batch.send(mails.map(toResend), {
    idempotencyKey,
    batchValidation: "permissive",
  });
  const answer = await Promise.race([
    request,
    deps.clock.sleep(deps.settings.MAIL_ANSWER_MS).then(() => null),
  ]);
  if (answer === null) return unanswered;
  if (answer.error) {
    const retryAfter = Number(answer.headers?.["retry-after"]);
    return {
      ok: false,
      error: {
        name: answer.error.name,
        status: answer.error.statusCode,
        retryAfterS: Number.isFinite(retryAfter) ? retryAfter : null,
        field: fieldIn(answer.error.message),
      },
    };
  }
  const refused = new Map(
    (answer.data.errors ?? []).map(({ index, message }) => [index, fieldIn(message)]),
  );
  const ids = answer.data.data.map((mail) => mail.id);
  // Resend may list accepted mails alone, or leave a hole for each refused one.
  const skipping = ids.length !== mails.length;
  if (skipping && ids.length + refused.size !== mails.length) return unanswered;
  let next = 0;
  return {
    ok: true,
    mails: mails.map((_, index) => {
      const field = refused.get(index);
      if (field !== undefined) return { error: "validation_error", field };
      return { id: ids[skipping ? next++ : index] ?? null };
    }),
  };
}

/** The field that a refusal's message names, or null. */
const fieldIn = (message: string) => /`(\w+)`/.exec(message)?.[1] ?? null;

const unanswered: SendAnswer = {
  ok: false,
  error: { name: "application_error", status: null, retryAfterS: null },
};

function toResend(mail: RenderedMail) {
  return {
    from: mail.from,
    to: [mail.to],
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    ...(mail.replyTo === undefined ? {} : { replyTo: mail.replyTo }),
    ...(Object.keys(mail.headers).length > 0 ? { headers: mail.headers } : {}),
  };
}
