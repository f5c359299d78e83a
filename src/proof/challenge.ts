import { createChallenge, verifySolution, type Challenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { readCampaign } from "../campaigns/read.ts";
import type { Deps } from "../deps.ts";
import { fromHex, hex, type Bytes } from "../lib/bytes.ts";
import { mac } from "../lib/sealing.ts";
import { recentLoad } from "../mail/lanes.ts";
import { quotaOf } from "../mail/limits.ts";
import { isUsable, spentUntil, stepsAt, type Term } from "./rules.ts";
import { ALGORITHM, PROOF_CHARACTERS, proofPayload } from "./schema.ts";

/** What challenges and their solutions are signed with: from the master secret, which is in no challenge. */
async function secretsOf(deps: Deps) {
  const key = await deps.keys.hmac("proof");
  return {
    hmacSignatureSecret: hex(await mac(key, "challenge")),
    hmacKeySignatureSecret: hex(await mac(key, "solution")),
  };
}

/** So many keys at the least and twice as many at the most: how many it takes cannot be foreseen. */
function drawCounter(deps: Deps, steps: number): number {
  return steps + (new Uint32Array(deps.random.bytes(4).buffer)[0]! % steps);
}

/**
 * A challenge for asks in a campaign, the harder the more mail is asked for; null where none is asked for.
 * Throws `request.not_found` (404).
 */
export async function makeChallenge(deps: Deps, campaign: string): Promise<Challenge | null> {
  const { settings } = deps;
  const isAsked = settings.PROOF === "on";
  const [{ slug }, load] = await Promise.all([
    readCampaign(deps, campaign),
    isAsked ? recentLoad(deps, settings.PROOF_LOAD_MS) : null,
  ]);
  if (load === null) return null;
  const steps = stepsAt(load, quotaOf(settings), {
    least: settings.PROOF_STEPS,
    most: Math.max(settings.PROOF_STEPS, settings.PROOF_STEPS_MOST),
    risesFrom: settings.PROOF_RISES_FROM_DAYS,
    mostFrom: settings.PROOF_RISES_FROM_DAYS + settings.PROOF_RISES_OVER_DAYS,
  });
  const term: Term = {
    madeAt: deps.clock.now(),
    usableAfterMs: settings.PROOF_LEAST_MS,
    usableForMs: settings.PROOF_MS,
  };
  return createChallenge({
    algorithm: ALGORITHM,
    cost: settings.PROOF_COST,
    counter: drawCounter(deps, steps),
    data: { campaign: slug, ...term },
    deriveKey,
    ...(await secretsOf(deps)),
  });
}

/** A proof that holds, whether or not it was used before. */
export interface Proof {
  nonce: Bytes;
  /** Until when it has to be known as used, ms. */
  until: number;
}

function payloadIn(text: string): unknown {
  try {
    return JSON.parse(atob(text));
  } catch (error) {
    // Not Base64, or not JSON in it.
    if (error instanceof DOMException || error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * The proof in what somebody handed over, for asks in this campaign and at this moment. Null for
 * whatever is none, and never a word about why.
 */
export async function readProof(deps: Deps, campaign: string, text: string): Promise<Proof | null> {
  if (deps.settings.PROOF === "off" || text === "" || text.length > PROOF_CHARACTERS) return null;
  const parsed = proofPayload.safeParse(payloadIn(text));
  if (!parsed.success) return null;
  const { challenge, solution } = parsed.data;
  const { data, nonce } = challenge.parameters;
  if (data.campaign !== campaign || !isUsable(data, deps.clock.now())) return null;
  const secrets = await secretsOf(deps);
  const { verified } = await verifySolution({ challenge, solution, deriveKey, ...secrets });
  return verified ? { nonce: fromHex(nonce)!, until: spentUntil(data) } : null;
}
