/** Solves a proof of work while a form is filled in. The form waits for it for a moment, and does without. */
import { solveChallengeWorkers, type Challenge } from "altcha-lib";

declare const PROOF_WORKER_URL: string;

/** How long a form that was sent waits for its proof, ms. */
const WAIT_MS = 5_000;
/** How long one is tried for, ms. */
const SOLVING_MS = 120_000;
/** A proof that soon counts no more is made anew this long before, ms. */
const MARGIN_MS = 60_000;
/** Workers at once: the device has other things to do. */
const MOST_WORKERS = 4;

interface Attempt {
  address: string;
  /** The proof, or an empty text where there is none. */
  ready: Promise<string>;
  /** When it is made anew, ms since 1970. */
  ends: number;
}
let attempt: Attempt | null = null;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function solve(mine: Attempt): Promise<string> {
  const answer = await fetch(mine.address);
  const challenge = answer.ok ? ((await answer.json()) as Challenge | null) : null;
  if (!challenge) return "";
  const { usableAfterMs, usableForMs } = challenge.parameters.data as Record<string, number>;
  mine.ends = Date.now() + usableForMs! - MARGIN_MS;
  const [solution] = await Promise.all([
    solveChallengeWorkers({
      challenge,
      concurrency: Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1),
      timeout: SOLVING_MS,
      createWorker: () => new Worker(PROOF_WORKER_URL, { type: "module" }),
    }),
    pause(usableAfterMs!),
  ]);
  return solution ? btoa(JSON.stringify({ challenge, solution })) : "";
}

/** Begins to solve a challenge from this address, unless one is under way or ready. */
export function prepareProof(address: string): void {
  if (attempt?.address === address && Date.now() < attempt.ends) return;
  const mine: Attempt = { address, ready: Promise.resolve(""), ends: Infinity };
  attempt = mine;
  mine.ready = solve(mine).catch(() => {
    // No network, no workers, no cryptography: the form goes out without a proof, and is taken.
    mine.ends = 0;
    return "";
  });
}

/** The proof for a form that is sent now: an empty text where it is not ready in time. */
export async function proofOf(address: string): Promise<string> {
  prepareProof(address);
  return Promise.race([attempt!.ready, pause(WAIT_MS).then(() => "")]);
}
