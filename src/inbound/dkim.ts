import { type Bytes } from "../lib/bytes.ts";
import { SECOND } from "../lib/clock.ts";
import { nameOf, type Header, type Message } from "./message.ts";

const CRLF = "\r\n";
/** Signatures of one mail that are looked at: each costs a question to the DNS. */
const MOST_SIGNATURES = 3;
const SHORTEST_RSA = 1_024;
/** What has to be signed: who it is from, and what is asked. */
const SIGNED = ["from", "subject"];

type Tags = ReadonlyMap<string, string>;
type How = "simple" | "relaxed";
const isHow = (word: string): word is How => word === "simple" || word === "relaxed";

/** Each character is a byte. */
const bytesOf = (text: string): Bytes => Uint8Array.from(text, (one) => one.charCodeAt(0));

function fromBase64(text: string): Bytes | null {
  const packed = text.replace(/[ \t\r\n]/g, "");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(packed) && packed.length % 4 === 0
    ? bytesOf(atob(packed))
    : null;
}

/** A list of `tag=value`; null where it is none or a tag stands twice. */
function tagsOf(text: string): Tags | null {
  const tags = new Map<string, string>();
  for (const part of text.split(";")) {
    const found = /^\s*([a-z]\w*)\s*=([^]*)$/i.exec(part);
    if (!found) {
      if (part.trim() !== "") return null;
      continue;
    }
    const [, name, value] = found as unknown as [string, string, string];
    if (tags.has(name)) return null;
    tags.set(name, value.trim());
  }
  return tags;
}

const names = (list: string): string[] => list.split(":").map((name) => name.trim().toLowerCase());

function canonicalHeader({ name, value }: Header, how: How): string {
  if (how === "simple") return `${name}:${value}`;
  // No trim(): it would take a byte that ends a letter for a space.
  const plain = value
    .replace(/\r\n/g, "")
    .replace(/[ \t]+/g, " ")
    .replace(/^ | $/g, "");
  return `${name.trim().toLowerCase()}:${plain}`;
}

function canonicalBody(body: string, how: How): string {
  const text = how === "relaxed" ? body.replace(/[ \t]+/g, " ").replace(/ (?=\r\n|$)/g, "") : body;
  let end = text.length;
  while (end >= 2 && text[end - 1] === "\n" && text[end - 2] === "\r") end -= 2;
  if (end === 0) return how === "simple" ? CRLF : "";
  return text.slice(0, end) + CRLF;
}

interface Signature {
  header: Header;
  domain: string;
  /** Where its key is. */
  keyName: string;
  type: "rsa" | "ed25519";
  headersHow: How;
  bodyHow: How;
  signed: string[];
  bodyHash: Bytes;
  value: Bytes;
  /** The domain that it signs for: the same, or one below. */
  identity: string;
}

/** Reads a signature; null for one that is damaged, over, or leaves out what has to be signed. */
function readSignature(header: Header, now: number): Signature | null {
  const tags = tagsOf(header.value);
  if (!tags || tags.get("v") !== "1" || tags.has("l")) return null;
  const domain = tags.get("d")?.toLowerCase() ?? "";
  const selector = tags.get("s") ?? "";
  const type = /^(rsa|ed25519)-sha256$/.exec(tags.get("a") ?? "")?.[1] as Signature["type"];
  const value = fromBase64(tags.get("b") ?? "");
  const bodyHash = fromBase64(tags.get("bh") ?? "");
  const signed = names(tags.get("h") ?? "");
  const [headersHow = "simple", bodyHow = "simple"] = (tags.get("c") ?? "simple").split("/");
  const identity = tags.get("i")?.split("@").at(-1)?.toLowerCase() ?? domain;
  if (!/^[a-z0-9.-]+$/.test(domain) || !/^[\w.-]+$/.test(selector) || !type) return null;
  if (!value || !bodyHash || !isHow(headersHow) || !isHow(bodyHow)) return null;
  if (!SIGNED.every((name) => signed.includes(name))) return null;
  if (tags.has("x") && !(Number(tags.get("x")) * SECOND > now)) return null;
  if (identity !== domain && !identity.endsWith(`.${domain}`)) return null;
  const keyName = `${selector}._domainkey.${domain}`;
  return {
    header,
    domain,
    keyName,
    type,
    headersHow,
    bodyHow,
    signed,
    bodyHash,
    value,
    identity,
  };
}

async function isBodySigned(body: string, { bodyHow, bodyHash }: Signature): Promise<boolean> {
  const bytes = bytesOf(canonicalBody(body, bodyHow));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return digest.length === bodyHash.length && digest.every((byte, at) => byte === bodyHash[at]);
}

/** What the signature was made over; of headers that stand there more than once, the last ones. */
function signedText(headers: readonly Header[], signature: Signature): Bytes {
  const { header, headersHow, signed } = signature;
  const left = Map.groupBy(headers, nameOf);
  const lines = signed.flatMap((name) => {
    const next = left.get(name)?.pop();
    return next ? [canonicalHeader(next, headersHow) + CRLF] : [];
  });
  const bare = header.value.replace(/((?:^|;)\s*b\s*=)[^;]*/, "$1");
  return bytesOf(lines.join("") + canonicalHeader({ ...header, value: bare }, headersHow));
}

/** The public key that a record holds for this signature, or null. */
async function readKey(record: string, signature: Signature): Promise<CryptoKey | null> {
  const tags = tagsOf(record);
  const bytes = fromBase64(tags?.get("p") ?? "");
  if (!tags || !bytes || (tags.get("v") ?? "DKIM1") !== "DKIM1") return null;
  if ((tags.get("k") ?? "rsa") !== signature.type) return null;
  if (tags.has("h") && !names(tags.get("h")!).includes("sha256")) return null;
  const exact = names(tags.get("t") ?? "").includes("s");
  if (exact && signature.identity !== signature.domain) return null;
  const rsa = signature.type === "rsa";
  try {
    const key = await crypto.subtle.importKey(
      rsa ? "spki" : "raw",
      bytes,
      rsa ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : { name: "Ed25519" },
      false,
      ["verify"],
    );
    const length = (key.algorithm as { modulusLength?: number }).modulusLength;
    return rsa && (length ?? 0) < SHORTEST_RSA ? null : key;
  } catch (error) {
    // What stands in somebody's DNS is no key.
    if (error instanceof Error) return null;
    throw error;
  }
}

async function holds(message: Message, signature: Signature, key: CryptoKey): Promise<boolean> {
  const text = signedText(message.headers, signature);
  const rsa = signature.type === "rsa";
  const input = rsa ? text : new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const algorithm = rsa ? "RSASSA-PKCS1-v1_5" : "Ed25519";
  return crypto.subtle.verify(algorithm, key, signature.value, input);
}

/** Whether a signature of this domain speaks for another: for itself and what stands below it. */
function speaksFor(signer: string, domain: string): boolean {
  return domain === signer || (signer.includes(".") && domain.endsWith(`.${signer}`));
}

/**
 * Whether the domain of From has signed the mail (RFC 6376), with who it is from and its subject. `txt`
 * gives a name's TXT record, or null.
 */
export async function isSignedBy(
  message: Message,
  domain: string,
  txt: (name: string) => Promise<string | null>,
  now: number,
): Promise<boolean> {
  const signatures = message.headers
    .filter((header) => nameOf(header) === "dkim-signature")
    .flatMap((header) => readSignature(header, now) ?? [])
    .filter((signature) => speaksFor(signature.domain, domain));
  for (const signature of signatures.slice(0, MOST_SIGNATURES)) {
    if (!(await isBodySigned(message.body, signature))) continue;
    const record = await txt(signature.keyName);
    const key = record === null ? null : await readKey(record, signature);
    if (key && (await holds(message, signature, key))) return true;
  }
  return false;
}
