import * as z from "zod";
import { base64url, fromBase64url, hex, utf8, type Bytes } from "../lib/bytes.ts";

/** A key as it is used: both halves, raw, base64url. The private one never reaches the server. */
export interface KeyFile {
  format: "tandem-key/1";
  campaign: string;
  publicKey: string;
  privateKey: string;
}

/** Why a key file cannot be used; `message` is for people. */
export class KeyFileError extends Error {
  readonly code: "not_ours" | "passphrase_needed" | "passphrase_wrong";
  constructor(code: KeyFileError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const plainFile = z.object({
  format: z.literal("tandem-key/1"),
  campaign: z.string(),
  publicKey: z.string(),
  privateKey: z.string(),
});

/** A file whose private half is sealed under a passphrase: PBKDF2-SHA256, AES-256-GCM. */
const lockedFile = z.object({
  format: z.literal("tandem-key/2"),
  campaign: z.string(),
  publicKey: z.string(),
  iterations: z.number().int().min(100_000).max(10_000_000),
  salt: z.string(),
  iv: z.string(),
  sealed: z.string(),
});

/** OWASP's figure for PBKDF2 with SHA-256. Browsers and Node have no bound; workerd's 100,000 does not apply. */
const ITERATIONS = 600_000;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const KEY_BYTES = 32;

async function passphraseKey(passphrase: string, salt: Bytes, iterations: number) {
  const base = await crypto.subtle.importKey(
    "raw",
    utf8(passphrase.normalize("NFC")),
    "PBKDF2",
    false,
    ["deriveKey"],
  );
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

/** The text of a key file under a passphrase (tandem-key/2). */
export async function lockKey(key: KeyFile, passphrase: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: utf8(`${key.campaign}|${key.publicKey}`) },
    await passphraseKey(passphrase, salt, ITERATIONS),
    fromBase64url(key.privateKey)!,
  );
  const file: z.output<typeof lockedFile> = {
    format: "tandem-key/2",
    campaign: key.campaign,
    publicKey: key.publicKey,
    iterations: ITERATIONS,
    salt: base64url(salt),
    iv: base64url(iv),
    sealed: base64url(new Uint8Array(sealed)),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

const PRINTED_HEAD = "TANDEM KEY";
const GROUP = /.{1,8}/g;

/** A key as it is printed and put away: campaign, then both halves in groups of eight. */
export function printKey(key: KeyFile): string {
  const groups = (text: string) => hex(fromBase64url(text)!).match(GROUP)!.join(" ");
  return [
    `${PRINTED_HEAD} ${key.campaign}`,
    `public  ${groups(key.publicKey)}`,
    `private ${groups(key.privateKey)}`,
  ].join("\n");
}

function readPrinted(text: string): KeyFile | null {
  const match =
    /^TANDEM KEY\s+([a-z0-9-]+)\s+public\s+([0-9a-f\s]+?)\s*private\s+([0-9a-f\s]+)$/i.exec(
      text.trim(),
    );
  if (!match) return null;
  const half = (digits: string) => {
    const plain = digits.replace(/\s+/g, "").toLowerCase();
    if (plain.length !== KEY_BYTES * 2) return null;
    return base64url(Uint8Array.from(plain.match(/../g)!, (pair) => Number.parseInt(pair, 16)));
  };
  const [publicKey, privateKey] = [half(match[2]!), half(match[3]!)];
  if (!publicKey || !privateKey) return null;
  return { format: "tandem-key/1", campaign: match[1]!, publicKey, privateKey };
}

const notOurs = () => new KeyFileError("not_ours", "This is not a Tandem key.");

/**
 * Reads a key in any of its forms: a plain file, one under a passphrase, or the printed one typed in
 * again. Throws a KeyFileError.
 */
export async function readKey(text: string, passphrase: string | null): Promise<KeyFile> {
  const printed = readPrinted(text);
  if (printed) return printed;
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw notOurs();
  }
  const plain = plainFile.safeParse(file);
  if (plain.success) return checked(plain.data);
  const locked = lockedFile.safeParse(file);
  if (!locked.success) throw notOurs();
  if (!passphrase) {
    throw new KeyFileError("passphrase_needed", "This key is under a passphrase.");
  }
  return unlock(locked.data, passphrase);
}

function checked(key: KeyFile): KeyFile {
  for (const half of [key.publicKey, key.privateKey]) {
    if (fromBase64url(half)?.length !== KEY_BYTES) throw notOurs();
  }
  return key;
}

async function unlock(file: z.output<typeof lockedFile>, passphrase: string): Promise<KeyFile> {
  const [salt, iv, sealed] = [file.salt, file.iv, file.sealed].map(fromBase64url);
  if (!salt || !iv || !sealed) throw notOurs();
  const { campaign, publicKey, iterations } = file;
  try {
    const plain = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv, additionalData: utf8(`${campaign}|${publicKey}`) },
      await passphraseKey(passphrase, salt, iterations),
      sealed,
    );
    const privateKey = base64url(new Uint8Array(plain));
    return checked({ format: "tandem-key/1", campaign, publicKey, privateKey });
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError("passphrase_wrong", "The passphrase is not the one of this key.");
  }
}
