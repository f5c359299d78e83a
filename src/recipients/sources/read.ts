import type * as z from "zod";
import type { Deps } from "../../deps.ts";
import { SECOND } from "../../lib/clock.ts";

/** What came of asking an official source for one page. */
export type SourceAnswer<T> =
  | { kind: "found"; value: T }
  /** 404: the source does not know it. */
  | { kind: "missing" }
  /** May pass: try again after `afterMs`, or after a pause of our own. */
  | { kind: "later"; why: string; afterMs: number | null }
  /** Will not pass by itself: the sync ends and organizers are told. */
  | { kind: "alarm"; why: string };

const USER_AGENT = "Tandem (campaign backend; directory of representatives)";

function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds) * SECOND;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Asks for one page of JSON in an expected shape. Never throws for what a source does. */
export async function readSource<S extends z.ZodType>(
  deps: Deps,
  url: string,
  shape: S,
): Promise<SourceAnswer<z.output<S>>> {
  let answer: Response;
  let text: string;
  try {
    answer = await deps.fetch(url, {
      headers: { accept: "application/ld+json, application/json", "user-agent": USER_AGENT },
      signal: AbortSignal.timeout(deps.settings.SYNC_ANSWER_MS),
      redirect: "follow",
    });
    text = await answer.text();
  } catch {
    return { kind: "later", why: "no_answer", afterMs: null };
  }
  const type = answer.headers.get("content-type") ?? "";
  if (answer.status === 202 || answer.headers.has("x-amzn-waf-action")) {
    return { kind: "alarm", why: "challenge" };
  }
  if (answer.status === 429) {
    const afterMs = retryAfterMs(answer.headers.get("retry-after"), deps.clock.now());
    return { kind: "later", why: "too_many_requests", afterMs };
  }
  if (answer.status >= 500) return { kind: "later", why: "server_error", afterMs: null };
  if (answer.status === 404) return { kind: "missing" };
  if (answer.status !== 200) return { kind: "alarm", why: `status_${answer.status}` };
  if (/html/i.test(type)) return { kind: "alarm", why: "challenge" };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: "later", why: "broken_json", afterMs: null };
  }
  const parsed = shape.safeParse(json);
  return parsed.success
    ? { kind: "found", value: parsed.data }
    : { kind: "alarm", why: "other_shape" };
}
