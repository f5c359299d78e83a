import { randomUUID } from "node:crypto";
import type { Accepted } from "./accept.ts";
import type { Journal } from "./journal.ts";

/** An address that Resend sends nothing to, as its API shows it. */
export interface Suppression {
  id: string;
  email: string;
  origin: "bounce" | "complaint" | "manual";
  /** The mail that it came of. */
  source_id: string | null;
  created_at: string;
}

/** Resend's test addresses can be used again and again. */
const TEST_DOMAIN = "@resend.dev";

/** The list that Resend keeps by itself, for all domains of the account, without an end. */
export class Suppressions {
  private readonly byEmail = new Map<string, Suppression>();

  private readonly journal: Journal;

  constructor(journal: Journal) {
    this.journal = journal;
    for (const note of journal.notes) {
      if ("suppressed" in note) this.byEmail.set(note.suppressed.email, note.suppressed);
      else if ("unsuppressed" in note) this.byEmail.delete(note.unsuppressed);
    }
  }

  has(address: string): boolean {
    return this.byEmail.has(address.toLowerCase());
  }

  list(): Suppression[] {
    return [...this.byEmail.values()];
  }

  find(idOrEmail: string): Suppression | undefined {
    return (
      this.byEmail.get(idOrEmail.toLowerCase()) ?? this.list().find(({ id }) => id === idOrEmail)
    );
  }

  add(
    address: string,
    origin: Suppression["origin"],
    sourceId: string | null,
    now: number,
  ): Suppression {
    const known = this.find(address);
    if (known) return known;
    const suppression = {
      id: randomUUID(),
      email: address.toLowerCase(),
      origin,
      source_id: sourceId,
      created_at: new Date(now).toISOString(),
    };
    this.byEmail.set(suppression.email, suppression);
    this.journal.note({ suppressed: suppression });
    return suppression;
  }

  /** Puts the readers of a mail on the list where it bounced for good or was called spam. */
  follow({ id, to, course }: Accepted, now: number): Suppression[] {
    const hard = course?.end === "bounced" && course.type === "Permanent";
    if (!hard && course?.end !== "complained") return [];
    return to
      .filter((address) => !this.has(address) && !address.endsWith(TEST_DOMAIN))
      .map((address) => this.add(address, hard ? "bounce" : "complaint", id, now));
  }

  remove({ email }: Suppression): void {
    this.byEmail.delete(email);
    this.journal.note({ unsuppressed: email });
  }

  clear(): void {
    for (const suppression of this.list()) this.remove(suppression);
  }
}
