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

/** One accepted request, as a line of the journal. */
export interface Entry {
  at: number;
  key: string | null;
  bodyHash: string;
  answer: unknown;
  mails: Accepted[];
}

/** What was accepted, on disk before the answer leaves: it survives `kill -9`. Null keeps it in memory. */
export class Journal {
  readonly entries: Entry[] = [];
  private file: number | null = null;

  constructor(name: string | null) {
    if (name === null) return;
    mkdirSync(path.dirname(name), { recursive: true });
    const before = existsSync(name) ? readFileSync(name, "utf8") : "";
    for (const line of before.split("\n")) {
      try {
        if (line !== "") this.entries.push(JSON.parse(line) as Entry);
      } catch (error) {
        // The last line may be torn: its request was never answered.
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    this.file = openSync(name, "a", 0o600);
    if (before !== "" && !before.endsWith("\n")) writeSync(this.file, "\n");
  }

  append(entry: Entry): void {
    if (this.file !== null) {
      writeSync(this.file, `${JSON.stringify(entry)}\n`);
      fsyncSync(this.file);
    }
    this.entries.push(entry);
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }
}
