/** Time comes in through Deps so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms` milliseconds. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const MONTH_LENGTH = "YYYY-MM".length;

/** The UTC day of a moment, as `YYYY-MM-DD`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The UTC month of a moment (ms), `YYYY-MM`. */
export function monthOf(ms: number): string {
  return dayOf(ms).slice(0, MONTH_LENGTH);
}

/** Whether a text of ours names a month and no day. */
export function isMonth(text: string): boolean {
  return text.length === MONTH_LENGTH;
}

/** The first millisecond of a UTC day `YYYY-MM-DD`. */
export function startOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}
