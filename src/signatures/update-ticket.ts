import type { Deps } from "../deps.ts";
import { base64url, hex, sameBytes, utf8, type Bytes } from "../lib/bytes.ts";
import { macWith } from "../lib/sealing.ts";
import { storedSecret } from "../secrets/read.ts";
import { standing } from "./store.ts";

/**
 * What lies in the seal of whoever asked for news: it shows that this address and no other asked, on
 * this row. News goes only to an address that is handed over with it.
 */
export async function updateTicket(
  deps: Deps,
  campaign: string,
  id: Bytes,
  email: string,
): Promise<string> {
  const secret = await storedSecret(deps, "news");
  return base64url(await macWith(secret, `${campaign}|${hex(id)}|${email}`));
}

/** An address as an organizer's browser opened it; `id` is the row's. */
export interface UpdateReader {
  id: Bytes;
  email: string;
  ticket: string;
}

/** Of these, those who asked for news of the campaign and whose signature still stands. */
export async function askedForUpdates<R extends UpdateReader>(
  deps: Deps,
  campaign: string,
  readers: readonly R[],
): Promise<R[]> {
  const rows = await standing(
    deps,
    campaign,
    readers.map((reader) => hex(reader.id)),
  );
  const genuine = await Promise.all(
    readers.map(async ({ id, email, ticket }) =>
      sameBytes(utf8(await updateTicket(deps, campaign, id, email)), utf8(ticket)),
    ),
  );
  return readers.filter((reader, place) => genuine[place] && rows.has(hex(reader.id)));
}
