import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { base64url } from "../lib/bytes.ts";
import { newKeyPair } from "../lib/sealing.ts";
import { readKey } from "../signatures/key-file.ts";

/**
 * The public half of a campaign's key file, which is made where it is not there yet. The private half
 * stays in that file, readable by its owner alone. Throws a KeyFileError for a file that is no key.
 */
export async function ensureKeyFile(file: string, campaign: string): Promise<string> {
  if (existsSync(file)) return (await readKey(readFileSync(file, "utf8"), null)).publicKey;
  const pair = await newKeyPair();
  const key = {
    format: "tandem-key/1",
    campaign,
    keyId: pair.keyId,
    publicKey: base64url(pair.publicKey),
    privateKey: base64url(pair.privateKey),
  };
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  return key.publicKey;
}
