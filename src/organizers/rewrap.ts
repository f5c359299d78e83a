import type { Deps } from "../deps.ts";
import { countOlderLetters } from "../letters/waiting.ts";
import { rewrapSecrets } from "../secrets/read.ts";
import { countOlderMail } from "../mail/follow.ts";
import { rewrapOrganizers } from "./door/address.ts";
import { rewrapPeppers } from "../signatures/pepper.ts";

/**
 * After MASTER_SECRET was replaced, with the one before in MASTER_SECRET_PREVIOUS: wraps anew what lives
 * on. `waiting` is what still waits under the old one; once it is 0 and a week has passed, when no
 * unused link is left, the old one can go, and nothing that time travel brings back opens any more.
 */
export async function rewrap(deps: Deps) {
  return {
    peppers: await rewrapPeppers(deps),
    secrets: await rewrapSecrets(deps),
    organizers: await rewrapOrganizers(deps),
    waiting: (await countOlderMail(deps)) + (await countOlderLetters(deps)),
  };
}
