/**
 * `npm run -s unseal -- --key FILE [EXPORT]`: an export as CSV on stdout. Works without a network.
 * The key is a file as the organizers' room made it (its passphrase is in TANDEM_PASSPHRASE, or asked
 * for), the printed one typed into a file, or that of npm start. The export is a file, `-` or what is piped in; without any, that of the local database.
 */
import { createReadStream, fstatSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { KeyFileError, readKey, type KeyFile } from "../signatures/key-file.ts";
import { unsealToCsv, UnsealError } from "../signatures/unseal.ts";
import { exportLines } from "./sealed-export.ts";
import { requireNode } from "./wrangler.ts";

requireNode();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { key: { type: "string" } },
});
if (!values.key) {
  console.error("Say where the key is: npm run -s unseal -- --key FILE [EXPORT]");
  process.exit(2);
}

function isPiped(): boolean {
  const stdin = fstatSync(0);
  return stdin.isFile() || stdin.isFIFO();
}

async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  yield* createInterface({ input: stream, crlfDelay: Infinity });
}

/** What is piped in, or, where that is nothing, the local database. */
async function* pipedOrLocal(campaign: string): AsyncGenerator<string> {
  let any = false;
  if (isPiped()) {
    for await (const line of linesOf(process.stdin)) {
      any = true;
      yield line;
    }
  }
  if (!any) yield* exportLines(campaign, false);
}

/** Asks for the passphrase where the key is under one and none is in the environment. */
async function readKeyAsking(text: string): Promise<KeyFile> {
  try {
    return await readKey(text, process.env["TANDEM_PASSPHRASE"] ?? null);
  } catch (error) {
    const asks = error instanceof KeyFileError && error.code === "passphrase_needed";
    if (!asks || !process.stdin.isTTY) throw error;
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
    const passphrase = await new Promise<string>((resolve) =>
      prompt.question("Passphrase: ", resolve),
    );
    prompt.close();
    return readKey(text, passphrase);
  }
}

try {
  const key = await readKeyAsking(readFileSync(values.key, "utf8"));
  const file = positionals[0];
  const lines =
    file === undefined
      ? pipedOrLocal(key.campaign)
      : linesOf(file === "-" ? process.stdin : createReadStream(file));
  let skipped = 0;
  for await (const line of unsealToCsv(key, lines, (number, why) => {
    skipped++;
    console.error(`Line ${number} is skipped: ${why}.`);
  })) {
    process.stdout.write(line);
  }
  if (skipped > 0) process.exitCode = 3;
} catch (error) {
  const known =
    error instanceof UnsealError ||
    error instanceof KeyFileError ||
    (error as NodeJS.ErrnoException).code === "ENOENT";
  if (!known) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
