import * as z from "zod";
import { fromBase64url, hex } from "../lib/bytes.ts";
import { csvLine } from "../lib/csv.ts";
import { keyIdOf, openWith, SealError } from "../lib/sealing.ts";
import { sealContext, sealedText } from "./sealed.ts";

/** The organizers' key file. Its private half never reaches the server. */
const keyFile = z.object({
  format: z.literal("tandem-key/1"),
  campaign: z.string(),
  publicKey: z.string(),
  privateKey: z.string(),
});
export type KeyFile = z.output<typeof keyFile>;

/** First line of an export. */
const exportHead = z.object({
  format: z.literal("tandem-export/1"),
  campaign: z.string(),
});

/** Each further line of an export: one signature. `id` and `sealed` are base64url. */
const exportRow = z.object({
  id: z.string(),
  day: z.string(),
  country: z.string(),
  sealed: z.string(),
});
export type ExportRow = z.output<typeof exportRow>;

/** Why nothing of an export can be opened; `message` is for people. */
export class UnsealError extends Error {
  readonly code: "key_file" | "export" | "other_campaign" | "wrong_key";
  constructor(code: UnsealError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export const CSV_HEAD = csvLine([
  "signed_at",
  "day",
  "published_country",
  "country",
  "name",
  "email",
  "locale",
  "consent",
]);

/** Reads a key file. Throws an UnsealError for one that is not ours or whose halves do not belong together. */
export function readKeyFile(text: string): KeyFile {
  try {
    return keyFile.parse(JSON.parse(text));
  } catch {
    throw new UnsealError("key_file", "This is not a Tandem key file (tandem-key/1).");
  }
}

/**
 * Opens an export, line by line, as CSV. `damaged` is told of each row that does not open. Throws an
 * UnsealError where the export or the key is another's.
 */
export async function* unsealToCsv(
  key: KeyFile,
  lines: AsyncIterable<string> | Iterable<string>,
  damaged: (line: number, why: string) => void,
): AsyncGenerator<string> {
  const privateKey = fromBase64url(key.privateKey);
  const publicKey = fromBase64url(key.publicKey);
  if (!privateKey || !publicKey) throw new UnsealError("key_file", "The key file is damaged.");
  const keyId = await keyIdOf(publicKey);
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    if (number === 1) {
      readHead(key, line);
      yield CSV_HEAD;
      continue;
    }
    const row = readRow(line);
    const id = row && fromBase64url(row.id);
    const sealed = row && fromBase64url(row.sealed);
    if (!row || !id || !sealed) {
      damaged(number, "not a row of an export");
      continue;
    }
    try {
      const opened = await openWith(privateKey, keyId, sealed, sealContext(key.campaign, id));
      const text = sealedText.parse(JSON.parse(opened));
      yield csvLine([
        text.at,
        row.day,
        row.country,
        text.country,
        text.name,
        text.email,
        text.locale,
        text.consent,
      ]);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      if (error.code === "key") {
        throw new UnsealError(
          "wrong_key",
          `Row ${number} was sealed to another key (${hex(sealed.slice(1, 5))}) than this one (${keyId}).`,
        );
      }
      damaged(number, error.code === "format" ? "of another format" : "altered after it was made");
    }
  }
  if (number === 0) throw new UnsealError("export", "The export is empty.");
}

function readHead(key: KeyFile, line: string): void {
  let head: z.output<typeof exportHead>;
  try {
    head = exportHead.parse(JSON.parse(line));
  } catch {
    throw new UnsealError("export", "This is not a Tandem export (tandem-export/1).");
  }
  if (head.campaign !== key.campaign) {
    throw new UnsealError(
      "other_campaign",
      `The export is of “${head.campaign}”, the key of “${key.campaign}”.`,
    );
  }
}

function readRow(line: string): ExportRow | null {
  try {
    return exportRow.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
