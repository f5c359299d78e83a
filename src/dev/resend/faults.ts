import * as z from "zod";
import { courseInput, type Course } from "./course.ts";
import { Limits, planInput } from "./limits.ts";

const times = z.number().int().min(1).default(1);
const fault = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("error"),
    name: z.string(),
    status: z.number().int().optional(),
    message: z.string().optional(),
    retryAfter: z.number().nonnegative().optional(),
    times,
  }),
  z.strictObject({ kind: z.literal("slow"), ms: z.number().nonnegative(), times }),
  z.strictObject({ kind: z.literal("cut-before"), times }),
  z.strictObject({ kind: z.literal("cut-after"), times }),
  z.strictObject({ kind: z.literal("html-500"), times }),
  /** Accepts, and answers that it broke. */
  z.strictObject({ kind: z.literal("error-after"), name: z.string(), times }),
  z.strictObject({
    kind: z.literal("partial"),
    indexes: z.array(z.number().int().nonnegative()),
    message: z.string().default("asked for"),
    times,
  }),
  /** Refuses every request that holds a mail to this address. */
  z.strictObject({ kind: z.literal("refuse-to"), to: z.string() }),
  /** Forgets that this sender's domain was verified. */
  z.strictObject({ kind: z.literal("unverify"), domain: z.string() }),
  z.strictObject({
    kind: z.literal("quota"),
    name: z.enum(["daily_quota_exceeded", "monthly_quota_exceeded"]),
    /** Mails that are still taken. */
    after: z.number().int().nonnegative(),
  }),
  /** What becomes of mails to this address. */
  courseInput.extend({ kind: z.literal("course"), to: z.string() }),
  /** Another plan, of which nothing is used yet; what it does not name is the free plan's. */
  planInput.extend({ kind: z.literal("plan") }),
]);
export type Fault = z.output<typeof fault>;

export const faultsInput = z.union([
  z.strictObject({ faults: z.array(fault) }),
  z.strictObject({
    kind: z.literal("random"),
    seed: z.number().int(),
    rate: z.number().min(0).max(1),
  }),
]);

/** A small seeded generator (mulberry32): the same seed gives the same run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The faults that were asked for, handed out one a request. */
export class Faults {
  private queue: Fault[] = [];
  private quota: Extract<Fault, { kind: "quota" }> | null = null;
  private refused = new Set<string>();
  readonly unverified = new Set<string>();
  readonly courses = new Map<string, Course>();
  /** The limits of a plan that was asked for. */
  limits: Limits | null = null;
  private random: { next: () => number; rate: number } | null = null;

  set(input: z.output<typeof faultsInput>): void {
    if ("faults" in input) {
      for (const one of input.faults) {
        if (one.kind === "quota") this.quota = { ...one };
        else if (one.kind === "refuse-to") this.refused.add(one.to);
        else if (one.kind === "unverify") this.unverified.add(one.domain);
        else if (one.kind === "course") {
          const { kind: _, to, ...course } = one;
          this.courses.set(to, course);
        } else if (one.kind === "plan") {
          const { kind: _, ...plan } = one;
          this.limits = new Limits(plan);
        } else for (let i = 0; i < one.times; i++) this.queue.push(one);
      }
    } else {
      this.random = { next: seeded(input.seed), rate: input.rate };
    }
  }

  clear(): void {
    this.queue = [];
    this.quota = null;
    this.refused.clear();
    this.unverified.clear();
    this.courses.clear();
    this.limits = null;
    this.random = null;
  }

  /** The quota begins anew; other faults stay. */
  renewQuota(): void {
    this.quota = null;
  }

  /** Whether a request with mails to these addresses is refused as a whole. */
  refuses(addresses: string[]): boolean {
    return addresses.some((address) => this.refused.has(address));
  }

  /** The error name of a used-up quota, or null. `count` mails are about to be taken. */
  overQuota(count: number): string | null {
    if (!this.quota) return null;
    if (this.quota.after < count) return this.quota.name;
    this.quota.after -= count;
    return null;
  }

  next(size: number): Fault | null {
    const planned = this.queue.shift();
    if (planned) return planned;
    const { random } = this;
    if (!random || random.next() >= random.rate) return null;
    const pick = Math.floor(random.next() * 10);
    const error = (name: string, retryAfter?: number): Fault => ({
      kind: "error",
      name,
      times: 1,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    const choices: Fault[] = [
      error("rate_limit_exceeded", 1),
      error("internal_server_error"),
      error("application_error"),
      error("concurrent_idempotent_requests"),
      error("validation_error"),
      { kind: "slow", ms: 80, times: 1 },
      { kind: "html-500", times: 1 },
      { kind: "cut-before", times: 1 },
      { kind: "cut-after", times: 1 },
      {
        kind: "partial",
        indexes: [Math.floor(random.next() * Math.max(1, size))],
        message: "asked for",
        times: 1,
      },
    ];
    return choices[pick]!;
  }
}
