import type { Deps } from "../../deps.ts";
import { fromUtf8, hex, utf8, type Bytes } from "../../lib/bytes.ts";
import { canonicalEmail, FIRST_EMAIL_RULES } from "../../lib/email.ts";
import { isOlderSeal, mac, open, seal } from "../../lib/sealing.ts";
import { findSealed, replaceAddress } from "../store.ts";

const ID_BYTES = 8;

/** The keyed hash under which an organizer's address is known. */
export async function addressHash(deps: Deps, address: string): Promise<Bytes> {
  const canonical = canonicalEmail(address, FIRST_EMAIL_RULES);
  return mac(await deps.keys.hmac("organizers"), canonical);
}

/** Seals an organizer's address; only mails to them open it. */
export async function sealAddress(deps: Deps, address: string): Promise<Bytes> {
  return seal(await deps.keys.aes("organizers"), deps.random, utf8(address), "organizer");
}

/** Throws an Error where the master secret is not the one that it was sealed under. */
export async function openAddress(deps: Deps, sealed: Bytes): Promise<string> {
  const plain = await open(await deps.keys.aes("organizers"), sealed, "organizer");
  if (!plain) throw new Error("organizer.unreadable: MASTER_SECRET is another");
  return fromUtf8(plain);
}

/** A fresh organizer's id. */
export function organizerId(deps: Deps): string {
  return hex(deps.random.bytes(ID_BYTES));
}

/** Seals and hashes anew the addresses that are still under the master secret before. Safe to repeat. */
export async function rewrapOrganizers(deps: Deps): Promise<number> {
  const key = await deps.keys.aes("organizers");
  const older = (await findSealed(deps)).filter(({ sealed }) => isOlderSeal(key, sealed));
  for (const { id, sealed } of older) {
    const address = await openAddress(deps, sealed);
    await replaceAddress(
      deps,
      id,
      await addressHash(deps, address),
      await sealAddress(deps, address),
    );
  }
  return older.length;
}
