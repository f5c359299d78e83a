import * as z from "zod";
import { fromBase64url, fromHex, hex } from "../lib/bytes.ts";
import { csvLine } from "../lib/csv.ts";
import { openerOf, openWith, sealedTo, SealError, type Opener } from "../lib/sealing.ts";
import type { KeyFile } from "./key-file.ts";
import { sealContext, sealedText, type SealedText } from "./sealed.ts";

/**
 * Each further line of an export: one signature, in hex, which SQLite makes by itself. The second seal
 * is to the campaign's second key. What is not sealed is not in it.
 */
const exportRow = z.object({
  id: z.string(),
  sealed: z.string(),
  second: z.string().nullable(),
});
export type ExportRow = z.output<typeof exportRow>;

/** Rows of the first format were base64url. */
const base64urlText = z.string().transform((text, context) => {
  const bytes = fromBase64url(text);
  if (bytes) return hex(bytes);
  context.addIssue("not base64url");
  return z.NEVER;
});
const FORMATS = {
  "tandem-export/1": z.object({
    id: base64urlText,
    sealed: base64urlText,
    second: base64urlText.nullable().default(null),
  }),
  "tandem-export/2": exportRow,
};
type Format = keyof typeof FORMATS;

/** First line of an export. */
const exportHead = z.object({
  format: z.enum(Object.keys(FORMATS) as Format[]),
  campaign: z.string(),
});

/** The first line of a new export. */
export const exportHeadLine = (campaign: string): string =>
  JSON.stringify({ format: "tandem-export/2" satisfies Format, campaign });

/** Why nothing of an export can be opened; `message` is for people. */
export class UnsealError extends Error {
  readonly code: "key_file" | "export" | "other_campaign" | "wrong_key";
  constructor(code: UnsealError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export const CSV_HEAD = csvLine(["signed_at", "country", "name", "email", "locale", "consent"]);

/** What came of one row: its text, or why it stays shut. */
export type Opened =
  | { ok: true; text: SealedText }
  | { ok: false; why: "format" | "key" | "damaged"; keyId: string | null };

/** Reads a key for opening. Throws an UnsealError for one whose halves are damaged. */
export async function readOpener(key: KeyFile): Promise<Opener> {
  const privateKey = fromBase64url(key.privateKey);
  const publicKey = fromBase64url(key.publicKey);
  if (!privateKey || !publicKey) throw new UnsealError("key_file", "The key file is damaged.");
  return openerOf(privateKey, publicKey);
}

/** Opens one row with whichever of its seals was made to this key. */
export async function openRow(opener: Opener, campaign: string, row: ExportRow): Promise<Opened> {
  const id = fromHex(row.id);
  const seals = [row.sealed, row.second].flatMap((text) => (text ? [fromHex(text)] : []));
  const own = seals.find((seal) => seal && sealedTo(seal) === opener.keyId) ?? seals[0];
  if (!id || !own) return { ok: false, why: "format", keyId: null };
  try {
    const opened = await openWith(opener, own, sealContext(campaign, id));
    return { ok: true, text: sealedText.parse(JSON.parse(opened)) };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return { ok: false, why: error.code, keyId: sealedTo(own) };
  }
}

/** One signature as a line of CSV. */
export function rowToCsv(text: SealedText): string {
  return csvLine([text.at, text.country, text.name, text.email, text.locale, text.consent]);
}

const WHY = {
  format: "of another format",
  key: "sealed to another key",
  damaged: "altered after it was made",
} as const;

/**
 * Opens an export, line by line, as CSV. `damaged` is told of each row that does not open. Throws an
 * UnsealError where the export is another's, or where the key opens no row at all.
 */
export async function* unsealToCsv(
  key: KeyFile,
  lines: AsyncIterable<string> | Iterable<string>,
  damaged: (line: number, why: string) => void,
): AsyncGenerator<string> {
  const opener = await readOpener(key);
  let number = 0;
  let opened = 0;
  let foreign: string | null = null;
  let format: Format = "tandem-export/2";
  for await (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    if (number === 1) {
      format = readHead(key, line);
      yield CSV_HEAD;
      continue;
    }
    const row = readRow(format, line);
    if (!row) {
      damaged(number, "not a row of an export");
      continue;
    }
    const answer = await openRow(opener, key.campaign, row);
    if (answer.ok) {
      opened++;
      yield rowToCsv(answer.text);
      continue;
    }
    if (answer.why === "key") foreign = answer.keyId;
    damaged(number, WHY[answer.why]);
  }
  if (number === 0) throw new UnsealError("export", "The export is empty.");
  if (opened === 0 && foreign !== null) {
    throw new UnsealError(
      "wrong_key",
      `The rows were sealed to another key (${foreign}) than this one (${opener.keyId}).`,
    );
  }
}

function readHead(key: KeyFile, line: string): Format {
  let head: z.output<typeof exportHead>;
  try {
    head = exportHead.parse(JSON.parse(line));
  } catch {
    throw new UnsealError("export", "This is not a Tandem export.");
  }
  if (head.campaign !== key.campaign) {
    throw new UnsealError(
      "other_campaign",
      `The export is of “${head.campaign}”, the key of “${key.campaign}”.`,
    );
  }
  return head.format;
}

function readRow(format: Format, line: string): ExportRow | null {
  try {
    return FORMATS[format].parse(JSON.parse(line));
  } catch {
    return null;
  }
}
