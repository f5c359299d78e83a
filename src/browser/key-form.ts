/** The part of a page where an organizer gives a key: a file, or the printed one typed in. */
import "./jitless.ts";
import { fromBase64url } from "../lib/bytes.ts";
import { openWith, type Opener } from "../lib/sealing.ts";
import { KeyFileError, readKey, type KeyFile } from "../signatures/key-file.ts";
import { readOpener, UnsealError } from "../signatures/unseal.ts";
import { call } from "./api.ts";

/** Sentences of the page, by name. */
export const messages = JSON.parse(
  document.querySelector<HTMLElement>("[data-messages]")!.dataset["messages"]!,
) as Record<string, string>;

export interface GivenKey {
  key: KeyFile;
  opener: Opener;
}

const field = (form: HTMLElement, name: string) =>
  form.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name="${name}"]`);

/** Reads the key of a form with the fields `file`, `passphrase` and `printed`. Throws an Error. */
export async function givenKey(form: HTMLElement): Promise<GivenKey> {
  const input = field(form, "file");
  const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined;
  const typed = field(form, "printed")?.value.trim() ?? "";
  const text = file ? await file.text() : typed;
  if (text === "") throw new Error(messages["no_key"]);
  const key = await readKey(text, field(form, "passphrase")?.value ?? null);
  return { key, opener: await readOpener(key) };
}

/** What a test seal says; null where it does not open. */
export async function openSeal(opener: Opener, slug: string, seal: string): Promise<string | null> {
  const sealed = fromBase64url(seal);
  if (!sealed) return null;
  return openWith(opener, sealed, `proof|${slug}`).catch(() => null);
}

interface Canary {
  publicKey: string;
  seal: string;
}

/**
 * Opens the canary of the campaign with a key and tells the server how it went. Gives the proof, or
 * null where this key is not one of those in use, or did not open it.
 */
export async function openCanary(slug: string, { key, opener }: GivenKey): Promise<string | null> {
  const { canaries } = await call<{ canaries: Canary[] }>(`campaigns/${slug}/canaries`);
  const own = canaries.find(({ publicKey }) => publicKey === key.publicKey);
  if (!own) return null;
  const proof = await openSeal(opener, slug, own.seal);
  await call(`campaigns/${slug}/canaries`, { publicKey: key.publicKey, proof });
  return proof;
}

/** A sentence for what went wrong. */
export function sentence(error: unknown): string {
  if (error instanceof KeyFileError || error instanceof UnsealError) return messages[error.code]!;
  return error instanceof Error ? error.message : String(error);
}
