import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { quotaOf } from "./limits.ts";
import { remaining } from "./rules.ts";
import { countMailSealedBy, mailStates, readLoad } from "./store.ts";

/** What became of mails, by their ids; null for one that was taken back or is forgotten. */
export async function followMails(deps: Deps, ids: number[]): Promise<Map<number, string | null>> {
  const states = await mailStates(deps, ids);
  return new Map(ids.map((id) => [id, states.get(id) ?? null]));
}

/** How many more mails may leave today before others would have to wait, by the load alone. */
export async function freePlaces(deps: Deps): Promise<number> {
  const load = await readLoad(deps);
  return Math.max(0, remaining(load, quotaOf(deps.settings)) - load.waiting);
}

/** Mails that wait sealed under the master secret before; 0 where there is none. */
export async function countOlderMail(deps: Deps): Promise<number> {
  const { older } = await deps.keys.aes("envelope");
  return older ? countMailSealedBy(deps, hex(older.id)) : 0;
}
