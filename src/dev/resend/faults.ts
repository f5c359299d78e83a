import * as z from "zod";

/** Resend's error names with the status that each comes with. */
export const STATUS_OF: Record<string, number> = {
  invalid_idempotency_key: 400,
  validation_error: 400,
  missing_api_key: 401,
  restricted_api_key: 401,
  invalid_api_key: 403,
  not_found: 404,
  method_not_allowed: 405,
  invalid_idempotent_request: 409,
  concurrent_idempotent_requests: 409,
  invalid_attachment: 422,
  invalid_from_address: 422,
  invalid_access: 422,
  invalid_parameter: 422,
  invalid_region: 422,
  missing_required_field: 422,
  monthly_quota_exceeded: 429,
  daily_quota_exceeded: 429,
  rate_limit_exceeded: 429,
  security_error: 451,
  application_error: 500,
  internal_server_error: 500,
};

const times = z.number().int().min(1).default(1);
const fault = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("error"),
    name: z.string(),
    status: z.number().int().optional(),
    retryAfter: z.number().nonnegative().optional(),
    times,
  }),
  z.strictObject({ kind: z.literal("slow"), ms: z.number().nonnegative(), times }),
  z.strictObject({ kind: z.literal("cut-before"), times }),
  z.strictObject({ kind: z.literal("cut-after"), times }),
  z.strictObject({ kind: z.literal("html-500"), times }),
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
  private random: { next: () => number; rate: number } | null = null;

  set(input: z.output<typeof faultsInput>): void {
    if ("faults" in input) {
      for (const one of input.faults) {
        if (one.kind === "quota") this.quota = { ...one };
        else if (one.kind === "refuse-to") this.refused.add(one.to);
        else if (one.kind === "unverify") this.unverified.add(one.domain);
        else for (let i = 0; i < one.times; i++) this.queue.push(one);
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
