import type { Campaign } from "../../campaigns/rules.ts";
import { saveCampaignKeys, noteCanary } from "../../campaigns/save.ts";
import type { Deps } from "../../deps.ts";
import { base64url, fromBase64url, sameBytes, utf8, type Bytes } from "../../lib/bytes.ts";
import { invalid, Problem } from "../../lib/problem.ts";
import { mac, sealTo } from "../../lib/sealing.ts";
import { wake } from "../../mail/enqueue.ts";
import { tellOwners } from "../notices.ts";

const KEY_BYTES = 32;
const SEAL_BYTES = 128;

/** What the test seals of a campaign are bound to; the page opens them in this context. */
const proofContext = (slug: string) => `proof|${slug}`;

/** What only whoever opens the test seal can say. The same each time: nothing has to be kept. */
async function proofOf(deps: Deps, slug: string, publicKey: string): Promise<string> {
  return base64url(await mac(await deps.keys.hmac("keys"), `${slug}|${publicKey}`));
}

function readPublicKey(text: string, path: string): Bytes {
  const key = fromBase64url(text);
  if (key?.length !== KEY_BYTES) throw invalid([{ path, message: "value.invalid" }]);
  return key;
}

/** A test seal to a public key, base64url. Throws `request.invalid` (422). */
export async function testSeal(deps: Deps, slug: string, publicKey: string): Promise<string> {
  const key = readPublicKey(publicKey, "publicKey");
  const proof = await proofOf(deps, slug, publicKey);
  return base64url(await sealTo(key, proof, SEAL_BYTES, proofContext(slug)));
}

async function isProved(
  deps: Deps,
  slug: string,
  publicKey: string,
  proof: string | undefined,
): Promise<boolean> {
  return sameBytes(utf8(await proofOf(deps, slug, publicKey)), utf8(proof ?? ""));
}

const keysOf = (campaign: Campaign) =>
  [campaign.sealingKey, campaign.secondKey].filter((key) => key !== null);

/** Test seals to the keys that are in use, for a page that is about to use one. */
export async function canaries(deps: Deps, campaign: Campaign) {
  return Promise.all(
    keysOf(campaign).map(async (publicKey) => ({
      publicKey,
      seal: await testSeal(deps, campaign.slug, publicKey),
    })),
  );
}

/**
 * Sets both keys, once the browser has opened a test seal with each; where there are keys already,
 * with one of those too. Tells every owner. Throws `campaign.keys_wrong` (409).
 */
export async function setKeys(
  deps: Deps,
  by: string,
  campaign: Campaign,
  input: {
    publicKey: string;
    secondKey: string;
    proof: string;
    secondProof: string;
    oldProof?: string | undefined;
  },
): Promise<void> {
  const { slug } = campaign;
  const key = readPublicKey(input.publicKey, "publicKey");
  const second = readPublicKey(input.secondKey, "secondKey");
  const old = keysOf(campaign);
  const oldProofs = await Promise.all(old.map((one) => isProved(deps, slug, one, input.oldProof)));
  const proved =
    (await isProved(deps, slug, input.publicKey, input.proof)) &&
    (await isProved(deps, slug, input.secondKey, input.secondProof)) &&
    (old.length === 0 || oldProofs.some(Boolean)) &&
    !sameBytes(key, second);
  if (!proved) throw new Problem(409, "campaign.keys_wrong");
  await saveCampaignKeys(deps, by, campaign, input, await tellOwners(deps, by, slug, "keys"));
  await wake(deps);
}

/** Somebody's key did or did not open the canary: an alarm stands until one does again. */
export async function reportCanary(
  deps: Deps,
  by: string,
  campaign: Campaign,
  report: { publicKey: string; proof: string | null },
): Promise<void> {
  const opened =
    report.proof !== null && (await isProved(deps, campaign.slug, report.publicKey, report.proof));
  await noteCanary(deps, by, campaign, opened);
}
