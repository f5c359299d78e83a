/** Opens seals away from the page, a chunk at a time. */
import "./jitless.ts";
import { base64url, fromHex } from "../lib/bytes.ts";
import type { Opener } from "../lib/sealing.ts";
import type { KeyFile } from "../signatures/key-file.ts";
import { openRow, readOpener, rowToCsv, type ExportRow } from "../signatures/unseal.ts";

export interface Task {
  id: number;
  key: KeyFile;
  rows: ExportRow[];
  /** `csv` for the list; `mails` for those who asked for news. */
  want: "csv" | "mails";
}

export interface Done {
  id: number;
  csv: string;
  mails: { id: string; ticket: string; email: string; locale: string }[];
  /** Places in the chunk of rows that stay shut, and why. */
  shut: { at: number; why: string; keyId: string | null }[];
  opened: number;
}

let opener: Promise<Opener> | null = null;

async function work({ id, key, rows, want }: Task): Promise<Done> {
  opener ??= readOpener(key);
  const own = await opener;
  const done: Done = { id, csv: "", mails: [], shut: [], opened: 0 };
  const answers = await Promise.all(rows.map((row) => openRow(own, key.campaign, row)));
  for (const [at, answer] of answers.entries()) {
    if (!answer.ok) {
      done.shut.push({ at, why: answer.why, keyId: answer.keyId });
      continue;
    }
    done.opened++;
    const { text } = answer;
    if (want === "csv") done.csv += rowToCsv(text);
    else if (text.email !== "" && text.ticket !== "") {
      const { ticket, email, locale } = text;
      const id = base64url(fromHex(rows[at]!.id)!);
      done.mails.push({ id, ticket, email, locale });
    }
  }
  return done;
}

onmessage = (event: MessageEvent<Task>) => {
  void work(event.data).then((done) => postMessage(done));
};
