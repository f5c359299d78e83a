import { Resend } from "resend";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { emailFault } from "../lib/email.ts";
import { Problem } from "../lib/problem.ts";
import { outcomeOf, statesBefore } from "./rules.ts";
import { applyEvent, seenEvent } from "./store.ts";
import { suppressionHash } from "./suppress.ts";

const event = z.object({
  type: z.string(),
  data: z
    .object({
      email_id: z.string().optional(),
      to: z.union([z.string(), z.array(z.string())]).optional(),
      bounce: z.object({ type: z.string().optional() }).optional(),
    })
    .optional(),
});

/**
 * Takes one event of Resend: once by its id, in any order. Nothing of its body is kept. Throws
 * `webhook.signature` (401) where it is unsigned, wrongly signed, or older than WEBHOOK_TOLERANCE_MS.
 */
export async function receiveEvent(
  deps: Deps,
  received: { body: string; id: string; timestamp: string; signature: string },
): Promise<void> {
  const age = Math.abs(deps.clock.now() - Number(received.timestamp) * 1_000);
  if (!received.id || !(age <= deps.settings.WEBHOOK_TOLERANCE_MS)) throw unsigned();
  const verified = verify(deps, received);
  const parsed = event.safeParse(verified);
  if (!parsed.success) return;
  const { type, data } = parsed.data;
  const outcome = outcomeOf(type);
  if (!outcome || !data?.email_id || (await seenEvent(deps, received.id))) return;
  const address = [data.to ?? []].flat()[0];
  const hard = outcome === "bounced" && data.bounce?.type !== "Transient";
  const suppress = (hard || outcome === "complained") && address && !emailFault(address);
  await applyEvent(deps, {
    svixId: received.id,
    providerId: data.email_id,
    outcome,
    before: statesBefore(outcome),
    suppression: suppress
      ? {
          hash: await suppressionHash(deps, address),
          reason: outcome === "bounced" ? "bounced" : "complained",
        }
      : null,
  });
}

const unsigned = () => new Problem(401, "webhook.signature");

function verify(
  deps: Deps,
  received: { body: string; id: string; timestamp: string; signature: string },
): unknown {
  const { RESEND_API_KEY, RESEND_WEBHOOK_SECRET } = deps.settings;
  try {
    return new Resend(RESEND_API_KEY).webhooks.verify({
      payload: received.body,
      headers: {
        id: received.id,
        timestamp: received.timestamp,
        signature: received.signature,
      },
      webhookSecret: RESEND_WEBHOOK_SECRET,
    });
  } catch {
    throw unsigned();
  }
}
