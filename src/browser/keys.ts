/** Makes a campaign's two keys in the browser. Their private halves never leave it. */
import "./jitless.ts";
import { base64url } from "../lib/bytes.ts";
import { newKeyPair } from "../lib/sealing.ts";
import { lockKey, printKey, readKey, type KeyFile } from "../signatures/key-file.ts";
import { readOpener } from "../signatures/unseal.ts";
import { call } from "./api.ts";
import { givenKey, messages, openCanary, openSeal, sentence } from "./key-form.ts";

const page = document.querySelector<HTMLElement>("[data-keys]")!;
const slug = page.dataset["keys"]!;
const said = page.querySelector<HTMLElement>("[role=status]")!;
const make = page.querySelector<HTMLFormElement>("#make")!;
const made = page.querySelector<HTMLElement>("#made")!;
const prove = page.querySelector<HTMLFormElement>("#prove")!;
const value = (form: HTMLFormElement, name: string) =>
  form.querySelector<HTMLInputElement>(`[name="${name}"]`)!.value;

let fresh: { first: KeyFile; second: KeyFile } | null = null;

function announce(text: string): void {
  said.textContent = text;
}

async function newKey(): Promise<KeyFile> {
  const pair = await newKeyPair();
  return {
    format: "tandem-key/1",
    campaign: slug,
    publicKey: base64url(pair.publicKey),
    privateKey: base64url(pair.privateKey),
  };
}

async function makeKeys(): Promise<void> {
  const passphrase = value(make, "new-passphrase");
  if (passphrase !== value(make, "new-passphrase-again")) return announce(messages["differ"]!);
  fresh = { first: await newKey(), second: await newKey() };
  const file = new Blob([await lockKey(fresh.first, passphrase)], { type: "application/json" });
  const link = page.querySelector<HTMLAnchorElement>("#save-first")!;
  link.href = URL.createObjectURL(file);
  link.download = `${slug}-key.json`;
  page.querySelector("#printed-key")!.textContent = printKey(fresh.second);
  made.hidden = false;
  announce(messages["made"]!);
  made.scrollIntoView();
}

/** The saved file and the printed key, read again as an organizer would a year later. */
async function readBack(): Promise<{ first: KeyFile; second: KeyFile }> {
  const { key: first } = await givenKey(prove);
  const second = await readKey(value(prove, "second"), null);
  const same =
    first.publicKey === fresh?.first.publicKey && second.publicKey === fresh.second.publicKey;
  if (!same) throw new Error(messages["others"]);
  return { first, second };
}

async function useKeys(): Promise<void> {
  const { first, second } = await readBack();
  const { seals } = await call<{ seals: string[] }>(`campaigns/${slug}/seals`, {
    publicKeys: [first.publicKey, second.publicKey],
  });
  const proof = await openSeal(await readOpener(first), slug, seals[0]!);
  const secondProof = await openSeal(await readOpener(second), slug, seals[1]!);
  if (proof === null || secondProof === null) throw new Error(messages["shut"]);
  const old = page.querySelector<HTMLFormElement>("#old");
  const oldProof = old ? await openCanary(slug, await givenKey(old)) : undefined;
  if (oldProof === null) throw new Error(messages["old"]);
  await call(`campaigns/${slug}/keys`, {
    publicKey: first.publicKey,
    secondKey: second.publicKey,
    proof,
    secondProof,
    ...(oldProof === undefined ? {} : { oldProof }),
  });
  fresh = null;
  page.querySelector("#printed-key")!.textContent = "";
  announce(messages["done"]!);
}

function onSubmit(form: HTMLFormElement, act: () => Promise<void>): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    announce(messages["working"]!);
    act().catch((error: unknown) => announce(sentence(error)));
  });
}

onSubmit(make, makeKeys);
onSubmit(prove, useKeys);
page.querySelector("#print")?.addEventListener("click", () => print());
