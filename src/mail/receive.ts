import { decodeBase64, encodeBase64 } from "hono/utils/encode";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { sameBytes, utf8 } from "../lib/bytes.ts";
import { emailFault } from "../lib/email.ts";
import { Problem } from "../lib/problem.ts";
import { macWith } from "../lib/sealing.ts";
import { ALL, scopeOf } from "./brake.ts";
import { outcomeOf, statesBefore, type Outcome } from "./rules.ts";
import { applyEvent, seenEvent, type MailEvent } from "./store.ts";
import { spellingUntil, suppressionHashes } from "./suppress.ts";

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
export async function receiveEvent(deps: Deps, received: Received): Promise<void> {
  const age = Math.abs(deps.clock.now() - Number(received.timestamp) * 1_000);
  if (!received.id || !(age <= deps.settings.WEBHOOK_TOLERANCE_MS)) throw unsigned();
  const verified = await verify(deps, received);
  const parsed = event.safeParse(verified);
  if (!parsed.success) return;
  const { type, data } = parsed.data;
  const known = outcomeOf(type);
  if (!known || !data?.email_id || (await seenEvent(deps, received.id))) return;
  const { outcome, reason } = known;
  const to = [data.to ?? []].flat()[0];
  const address = to && !emailFault(to) ? to : null;
  const permanent = outcome === "bounced" && data.bounce?.type === "Permanent";
  const transient = outcome === "bounced" && !permanent;
  const isCounted = outcome !== "failed" && !transient && address !== deps.settings.MAIL_PROBE_TO;
  const hashes = address && (await suppressionHashes(deps, address));
  await applyEvent(deps, {
    svixId: received.id,
    providerId: data.email_id,
    outcome,
    reason: transient ? "transient" : reason,
    before: statesBefore(outcome),
    counts:
      isCounted && address !== null
        ? { scopes: [ALL, await scopeOf(deps, address)], as: outcome }
        : null,
    givesPlaceBack: outcome === "bounced" || outcome === "failed",
    suppression: hashes ? suppressionFor(deps, outcome, permanent, hashes) : null,
  });
}

/** What an outcome keeps from getting mail: a spelling that bounced, for a while; a mailbox that complained. */
function suppressionFor(
  deps: Deps,
  outcome: Outcome,
  permanent: boolean,
  { mailbox, spelling }: Awaited<ReturnType<typeof suppressionHashes>>,
): MailEvent["suppression"] {
  if (outcome === "complained") return { hash: mailbox, reason: "complained", until: null };
  return permanent ? { hash: spelling, reason: "bounced", until: spellingUntil(deps) } : null;
}

const unsigned = () => new Problem(401, "webhook.signature");

interface Received {
  body: string;
  id: string;
  timestamp: string;
  signature: string;
}

/** What an event says, once its signature is ours: HMAC-SHA256 over id, time and body, in base64 (svix `v1`). */
async function verify(deps: Deps, { body, id, timestamp, signature }: Received): Promise<unknown> {
  const secret = decodeBase64(deps.settings.RESEND_WEBHOOK_SECRET.slice("whsec_".length));
  const expected = await macWith(secret, `${id}.${timestamp}.${body}`);
  const wanted = utf8(`v1,${encodeBase64(expected.buffer)}`);
  if (!signature.split(" ").some((one) => sameBytes(utf8(one), wanted))) throw unsigned();
  try {
    return JSON.parse(body);
  } catch {
    throw unsigned();
  }
}
