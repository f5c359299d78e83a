import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import type { Accepted } from "./accept.ts";
import type { Message } from "./deliveries.ts";
import type { Suppression } from "./suppressions.ts";

/** One accepted request, as a line of the journal. */
export interface Entry {
  at: number;
  key: string | null;
  bodyHash: string;
  answer: unknown;
  mails: Accepted[];
  /** Mails of the quota that it used. */
  used?: number;
}

/** What else Resend remembers: its suppression list, and events that still have to arrive. */
export type Note =
  | { suppressed: Suppression }
  | { unsuppressed: string }
  | { message: Message }
  | { tried: { place: string; tries: number; due: number | null } };

/**
 * What was accepted, on disk before the answer leaves: it survives `kill -9`, as Resend would not
 * fall over with us. Null keeps it in memory.
 */
export class Journal {
  readonly entries: Entry[] = [];
  /** Notes of a run before this one, oldest first. */
  readonly notes: Note[] = [];
  private file: number | null = null;

  constructor(name: string | null) {
    if (name === null) return;
    mkdirSync(path.dirname(name), { recursive: true });
    const before = existsSync(name) ? readFileSync(name, "utf8") : "";
    for (const line of before.split("\n")) {
      try {
        if (line === "") continue;
        const parsed = JSON.parse(line) as Entry | Note;
        if ("mails" in parsed) this.entries.push(parsed);
        else this.notes.push(parsed);
      } catch (error) {
        // The last line may be torn: its request was never answered.
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    this.file = openSync(name, "a", 0o600);
    if (before !== "" && !before.endsWith("\n")) writeSync(this.file, "\n");
  }

  append(entry: Entry): void {
    this.write(entry);
    if (this.file !== null) fsyncSync(this.file);
    this.entries.push(entry);
  }

  note(note: Note): void {
    this.write(note);
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  private write(line: Entry | Note): void {
    if (this.file !== null) writeSync(this.file, `${JSON.stringify(line)}\n`);
  }
}
