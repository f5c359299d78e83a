import { solveChallenge, type Challenge, type Solution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import type { Harness } from "./app.ts";

/** What a program hands over, before it is Base64. */
export interface Payload {
  challenge: Challenge;
  solution: Solution;
}

export const packed = (payload: unknown): string => btoa(JSON.stringify(payload));

/** A challenge of a campaign. */
export async function challengeOf(h: Harness, slug = "in-step"): Promise<Challenge> {
  return (await h.get(`/api/v1/campaigns/${slug}/proof`)).json();
}

/** A challenge that ALTCHA's own program solved, at the moment from which on it counts. */
export async function solved(h: Harness, slug?: string): Promise<Payload> {
  const challenge = await challengeOf(h, slug);
  const solution = (await solveChallenge({ challenge, deriveKey }))!;
  h.clock.advance(Number(challenge.parameters.data!["usableAfterMs"]));
  return { challenge, solution };
}

/** The proof as it stands in an ask. */
export const proofFrom = async (h: Harness, slug?: string): Promise<string> =>
  packed(await solved(h, slug));
