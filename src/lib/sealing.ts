import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { blob, concat, fromUtf8, hex, sameBytes, utf8, type Bytes } from "./bytes.ts";
import type { Random } from "./random.ts";

const FORMAT = 1;
const IV_LENGTH = 12;
const KEY_ID_LENGTH = 4;
const HEAD = 1 + KEY_ID_LENGTH;

/** What a key derived from the master secret is for. Each purpose has a key of its own. */
type Purpose =
  | "token"
  | "envelope"
  | "batch"
  | "pepper"
  | "words"
  | "limits"
  | "letters"
  | "suppressions"
  | "organizers"
  | "secrets"
  | "keys"
  | "proof"
  | "network"
  | "domains"
  | "inbound";

/** An AES key with the id of the master secret behind it, so that a seal names what opens it. */
export interface SealingKey {
  key: CryptoKey;
  id: Bytes;
  /** The same of the master secret before: it opens what was sealed under it, and seals nothing. */
  older: { key: CryptoKey; id: Bytes } | null;
}

/** A random secret that stands in D1: with it as salt, the master secret alone derives nothing. */
interface Salt {
  name: string;
  bytes: Bytes;
}

/** Keys derived from the master secret by HKDF-SHA256, one for each purpose, made once an isolate. */
export interface Keyring {
  aes(purpose: Purpose, salt?: Salt): Promise<SealingKey>;
  hmac(purpose: Purpose): Promise<CryptoKey>;
}

/** Named here because this file is read by the Worker's types and by those of browsers. */
type DerivedKey = { name: string; hash?: string; length: number };
type KeyUse = "sign" | "encrypt" | "decrypt";

const HMAC: DerivedKey = { name: "HMAC", hash: "SHA-256", length: 256 };
const AES: DerivedKey = { name: "AES-GCM", length: 256 };

const keyrings = new Map<string, Keyring>();

/**
 * The keyring of a master secret (at least 32 characters; `env.ts` checks). With the one before it,
 * what was sealed under that opens too.
 */
export function keyring(masterSecret: string, previous?: string): Keyring {
  const ring = ringOf(masterSecret);
  if (previous === undefined) return ring;
  const before = ringOf(previous);
  return {
    ...ring,
    aes: async (purpose, salt) => ({
      ...(await ring.aes(purpose, salt)),
      older: await before.aes(purpose, salt),
    }),
  };
}

function ringOf(masterSecret: string): Keyring {
  const known = keyrings.get(masterSecret);
  if (known) return known;
  // Keys that are ready, never ones under way: a request that is cancelled leaves no other waiting.
  const keys = new Map<string, CryptoKey>();
  const derive = async (info: string, algorithm: DerivedKey, uses: KeyUse[], salt?: Salt) => {
    const name = salt ? `${info}|${hex(salt.bytes)}` : info;
    const known = keys.get(name);
    if (known) return known;
    const master = await crypto.subtle.importKey("raw", utf8(masterSecret), "HKDF", false, [
      "deriveKey",
    ]);
    const key = await crypto.subtle.deriveKey(
      {
        name: "HKDF",
        hash: "SHA-256",
        salt: salt?.bytes ?? new Uint8Array(),
        info: utf8(`tandem/v${FORMAT}/${info}`),
      },
      master,
      algorithm,
      false,
      uses,
    );
    keys.set(name, key);
    return key;
  };
  const idOf = async (name: string, salt?: Salt) => {
    const key = await derive(`hmac/key-id${name}`, HMAC, ["sign"], salt);
    return (await mac(key, "key-id")).slice(0, KEY_ID_LENGTH);
  };
  const ring: Keyring = {
    aes: async (purpose, salt) => {
      const name = salt ? `/${salt.name}` : "";
      return {
        key: await derive(`aes/${purpose}${name}`, AES, ["encrypt", "decrypt"], salt),
        id: await idOf(name, salt),
        older: null,
      };
    },
    hmac: (purpose) => derive(`hmac/${purpose}`, HMAC, ["sign"]),
  };
  keyrings.set(masterSecret, ring);
  return ring;
}

/** Seals bytes with AES-256-GCM. Layout: format (1), key id (4), iv (12), ciphertext with tag. */
export async function seal(
  { key, id }: SealingKey,
  random: Random,
  plain: Bytes,
  context: string,
): Promise<Bytes> {
  const iv = random.bytes(IV_LENGTH);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: utf8(context) },
    key,
    plain,
  );
  return concat(Uint8Array.of(FORMAT), id, iv, new Uint8Array(sealed));
}

const isUnder = (id: Bytes, sealed: Uint8Array) =>
  sealed[0] === FORMAT && sealed.length > HEAD && sameBytes(sealed.slice(1, HEAD), id);

/** Whether a seal was made under the master secret before this one. */
export function isOlderSeal({ older }: SealingKey, sealed: Uint8Array): boolean {
  return older !== null && isUnder(older.id, sealed);
}

/** Whether a seal was made under a master secret that is not ours, nor was the one before. */
export function isForeignSeal(key: SealingKey, sealed: Uint8Array): boolean {
  const ours = isUnder(key.id, sealed) || isOlderSeal(key, sealed);
  return sealed[0] === FORMAT && sealed.length > HEAD && !ours;
}

/** Opens what `seal` made. Null where the key, the context or a single bit differs. */
export async function open(
  own: SealingKey,
  sealed: Uint8Array,
  context: string,
): Promise<Bytes | null> {
  const key = isOlderSeal(own, sealed) ? own.older!.key : own.key;
  if (sealed[0] !== FORMAT || sealed.length < HEAD + IV_LENGTH + 16) return null;
  try {
    const plain = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: blob(sealed.slice(HEAD, HEAD + IV_LENGTH)),
        additionalData: utf8(context),
      },
      key,
      blob(sealed.slice(HEAD + IV_LENGTH)),
    );
    return new Uint8Array(plain);
  } catch (error) {
    if (error instanceof Error && error.name === "OperationError") return null;
    throw error;
  }
}

/** HMAC-SHA256, 32 bytes. */
export async function mac(key: CryptoKey, text: string): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(text)));
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** HMAC-SHA256 under a raw key (a campaign's pepper). */
export async function macWith(rawKey: Bytes, text: string): Promise<Bytes> {
  const key = await crypto.subtle.importKey(
    "raw",
    rawKey,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return mac(key, text);
}

// --- Sealing to the organizers' public key: HPKE (RFC 9180), base mode ---

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});
const INFO = utf8("tandem/signature/v1");
const ENC_LENGTH = 32;
const publicKeys = new Map<string, { key: CryptoKey; id: Bytes }>();

/** The first four bytes of the SHA-256 of a raw public key, in hex. */
async function keyIdOf(publicKey: Bytes): Promise<string> {
  return hex((await sha256(publicKey)).slice(0, KEY_ID_LENGTH));
}

async function recipientKey(publicKey: Bytes) {
  const name = hex(publicKey);
  const known = publicKeys.get(name);
  if (known) return known;
  const made = {
    key: await suite.kem.deserializePublicKey(publicKey),
    id: (await sha256(publicKey)).slice(0, KEY_ID_LENGTH),
  };
  publicKeys.set(name, made);
  return made;
}

/**
 * Seals a text, padded to `size` bytes, to a raw X25519 public key.
 * Layout: format (1), key id (4), enc (32), ciphertext (size + 16). Throws a RangeError where the text is too long.
 */
export async function sealTo(
  publicKey: Bytes,
  text: string,
  size: number,
  context: string,
): Promise<Bytes> {
  const plain = utf8(text);
  if (plain.length + 2 > size) throw new RangeError(`${plain.length} bytes do not fit in ${size}`);
  const padded = new Uint8Array(size);
  new DataView(padded.buffer).setUint16(0, plain.length);
  padded.set(plain, 2);
  const { key, id } = await recipientKey(publicKey);
  const { ct, enc } = await suite.seal(
    { recipientPublicKey: key, info: INFO },
    padded,
    utf8(context),
  );
  return concat(Uint8Array.of(FORMAT), id, new Uint8Array(enc), new Uint8Array(ct));
}

/** Why a sealed blob stayed shut: made by another format, for another key, or not as it was made. */
export class SealError extends Error {
  readonly code: "format" | "key" | "damaged";
  constructor(code: "format" | "key" | "damaged") {
    super(code);
    this.code = code;
  }
}

/** What opens seals: the private half, read once, and the id of its public half. */
export interface Opener {
  key: CryptoKey;
  keyId: string;
}

/** Reads a raw key pair. Throws where the bytes are no X25519 key. */
export async function openerOf(privateKey: Bytes, publicKey: Bytes): Promise<Opener> {
  return {
    key: await suite.kem.deserializePrivateKey(privateKey),
    keyId: await keyIdOf(publicKey),
  };
}

/** The id of the key that a seal was made to, or null where it is of another format. */
export function sealedTo(sealed: Uint8Array): string | null {
  if (sealed[0] !== FORMAT || sealed.length < HEAD + ENC_LENGTH + 16) return null;
  return hex(sealed.slice(1, HEAD));
}

/** Opens what `sealTo` made. Throws a SealError. */
export async function openWith(opener: Opener, sealed: Bytes, context: string): Promise<string> {
  const keyId = sealedTo(sealed);
  if (keyId === null) throw new SealError("format");
  if (keyId !== opener.keyId) throw new SealError("key");
  try {
    const padded = await suite.open(
      { recipientKey: opener.key, enc: sealed.slice(HEAD, HEAD + ENC_LENGTH), info: INFO },
      sealed.slice(HEAD + ENC_LENGTH),
      utf8(context),
    );
    const length = new DataView(padded).getUint16(0);
    return fromUtf8(new Uint8Array(padded, 2, length));
  } catch {
    throw new SealError("damaged");
  }
}

/** A new X25519 key pair, raw. */
export async function newKeyPair(): Promise<{
  publicKey: Bytes;
  privateKey: Bytes;
  keyId: string;
}> {
  const pair = await suite.kem.generateKeyPair();
  const publicKey = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey));
  const privateKey = new Uint8Array(await suite.kem.serializePrivateKey(pair.privateKey));
  return { publicKey, privateKey, keyId: await keyIdOf(publicKey) };
}
