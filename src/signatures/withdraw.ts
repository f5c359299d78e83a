import type { Deps } from "../deps.ts";
import type { Bytes } from "../lib/bytes.ts";
import { retryWrite } from "../lib/retry.ts";
import { expiredLink } from "../lib/tokens.ts";
import { dueHour } from "../tallies/due.ts";
import { emailHash } from "./pepper.ts";
import { readLink, type LinkState } from "./state.ts";
import { deleteSignature, findByEmail, ID_BYTES } from "./store.ts";

/** What other features delete of a signer, for the transaction that withdraws. */
export type AlsoDelete = (
  deps: Deps,
  signer: { campaign: string; emailHash: Bytes },
) => Promise<D1PreparedStatement[]>;

/**
 * Takes out whoever the link's mailbox is, and out of the figures at a drawn hour. The answer and the
 * statements are the same whether or not there was a signature. Throws `token.broken` (400),
 * `token.expired` (410) for a link that did not sign, `campaign.shredded` (410).
 */
export async function withdraw(
  deps: Deps,
  input: { token: string },
  alsoDelete: AlsoDelete,
): Promise<{ campaign: string }> {
  const link = await readLink(deps, input.token);
  if (link.step === "expired") throw expiredLink();
  const { id, emailHash } = await signatureOf(deps, link);
  const hour = dueHour(deps);
  const also = await alsoDelete(deps, { campaign: link.campaign.slug, emailHash });
  await retryWrite(deps, () => deleteSignature(deps, id, hour, also));
  return { campaign: link.campaign.slug };
}

/** The row that a link takes out; a made-up id where there is none. */
async function signatureOf(
  deps: Deps,
  link: Exclude<LinkState, { step: "expired" }>,
): Promise<{ id: Bytes; emailHash: Bytes }> {
  if (link.step === "signed") return link.signature;
  const { campaign, ask } = link;
  const hash = await emailHash(deps, campaign, ask.email);
  const found = await findByEmail(deps, campaign.slug, hash);
  return { id: found?.id ?? deps.random.bytes(ID_BYTES), emailHash: hash };
}
