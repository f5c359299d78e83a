import { randomUUID } from "node:crypto";
import { seeded } from "./faults.ts";
import type { Journal } from "./journal.ts";
import { signed, type Signed } from "./webhooks.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Svix's schedule, which Resend documents as its own: each wait begins with the failure before it. */
const WAITS_MS = [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
const ANSWER_MS = 15 * SECOND;
/** After so long without one success svix disables the endpoint. */
const DISABLED_AFTER_MS = 5 * 24 * HOUR;
/** Events come in order of none: each at some moment of this. */
const SPREAD_MS = 2 * SECOND;
/** One in so many comes twice. */
const TWICE = 10;
const AT_ONCE = 8;

export interface WebhookTarget {
  /** Null where nobody is called: `POST /webhooks/collect` hands the events out. */
  url: string | null;
  secret: string;
  /** Sends what Resend would send by itself after accepting a mail. */
  auto?: boolean;
  fetch?: typeof fetch;
  /** Calls back after a while; gives what calls it off. A timer, unless a test drives it. */
  schedule?: (run: () => void, afterMs: number) => () => void;
}

/** One event on its way. */
export interface Message {
  /** Its own among all: an event that comes twice is two messages with one id. */
  place: string;
  id: string;
  body: string;
  tries: number;
  due: number;
}

function timer(run: () => void, afterMs: number): () => void {
  const made = setTimeout(run, afterMs);
  made.unref();
  return () => clearTimeout(made);
}

/** Posts events to the webhook, and again by the schedule, until it answers 2xx or the tries end. */
export class Deliveries {
  private waiting = new Map<string, Message>();
  private underWay = new Set<string>();
  private failed = 0;
  private failingSince: number | null = null;
  private disabled = false;
  private closed = false;
  private callOff: () => void = () => undefined;
  private readonly random: () => number;

  private readonly target: WebhookTarget;
  private readonly journal: Journal;
  private readonly now: () => number;

  constructor(target: WebhookTarget, journal: Journal, now: () => number, seed: number) {
    this.target = target;
    this.journal = journal;
    this.now = now;
    this.random = seeded(seed);
    for (const note of journal.notes) {
      if ("message" in note) this.waiting.set(note.message.place, note.message);
      if (!("tried" in note)) continue;
      const { place, tries, due } = note.tried;
      const message = this.waiting.get(place);
      if (message && due !== null) this.waiting.set(place, { ...message, tries, due });
      else this.waiting.delete(place);
    }
    this.arm();
  }

  /** Puts an event on its way; now and then twice. */
  queue(body: string): void {
    if (this.disabled) return;
    const id = `msg_${randomUUID()}`;
    const copies = this.random() * TWICE < 1 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const due = this.now() + Math.floor(this.random() * SPREAD_MS);
      const message: Message = { place: randomUUID(), id, body, tries: 0, due };
      this.waiting.set(message.place, message);
      this.journal.note({ message });
    }
    this.arm();
  }

  /** Posts what is due, and what becomes due meanwhile. */
  async run(): Promise<void> {
    if (this.target.url === null) return;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let message = this.next(); message; message = this.next()) {
          this.underWay.add(message.place);
          const status = await this.post(message.id, message.body);
          this.underWay.delete(message.place);
          if (!this.closed) this.settle(message, status >= 200 && status < 300);
        }
      }),
    );
    this.arm();
  }

  /** One try of an event outside the schedule, as "Replay" does: the status, 0 where nobody answers. */
  async send(body: string): Promise<number> {
    return this.post(`msg_${randomUUID()}`, body);
  }

  /** Hands out every event on its way, signed for that moment; they count as delivered. */
  collect(at: number): Signed[] {
    const messages = [...this.waiting.values()].toSorted((a, b) => a.due - b.due);
    for (const message of messages) this.settle(message, true);
    return messages.map(({ id, body }) => signed(this.target.secret, id, body, at));
  }

  state() {
    return {
      disabled: this.disabled,
      failingSince: this.failingSince,
      failed: this.failed,
      waiting: [...this.waiting.values()].map(({ id, body, tries, due }) => ({
        id,
        type: (JSON.parse(body) as { type: string }).type,
        tries,
        due,
      })),
    };
  }

  /** The endpoint is enabled again; what was lost meanwhile stays lost. */
  enable(): void {
    this.disabled = false;
    this.failingSince = null;
  }

  clear(): void {
    for (const { place, tries } of this.waiting.values()) {
      this.journal.note({ tried: { place, tries, due: null } });
    }
    this.waiting.clear();
  }

  close(): void {
    this.closed = true;
    this.callOff();
  }

  private async post(id: string, body: string): Promise<number> {
    const { url, secret } = this.target;
    if (url === null) return 0;
    const send = this.target.fetch ?? fetch;
    const answer = await send(url, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_MS),
      ...signed(secret, id, body, this.now()),
    }).catch(() => null);
    await answer?.body?.cancel();
    return answer?.status ?? 0;
  }

  private next(): Message | undefined {
    let first: Message | undefined;
    for (const message of this.waiting.values()) {
      if (message.due > (first?.due ?? this.now()) || this.underWay.has(message.place)) continue;
      first = message;
    }
    return first;
  }

  private settle(message: Message, arrived: boolean): void {
    const { place } = message;
    if (!this.waiting.has(place)) return;
    const tries = message.tries + 1;
    const wait = WAITS_MS[tries];
    const due = arrived || wait === undefined ? null : this.now() + wait;
    if (due === null) this.waiting.delete(place);
    else this.waiting.set(place, { ...message, tries, due });
    this.journal.note({ tried: { place, tries, due } });
    if (arrived) {
      this.failingSince = null;
      return;
    }
    if (due === null) this.failed++;
    this.failingSince ??= this.now();
    if (this.now() - this.failingSince >= DISABLED_AFTER_MS) {
      this.disabled = true;
      this.clear();
    }
  }

  private arm(): void {
    this.callOff();
    if (this.closed || this.target.url === null) return;
    const due = [...this.waiting.values()]
      .filter(({ place }) => !this.underWay.has(place))
      .map((message) => message.due);
    if (due.length === 0) return;
    const afterMs = Math.max(0, Math.min(...due) - this.now());
    this.callOff = (this.target.schedule ?? timer)(() => void this.run(), afterMs);
  }
}
