import type { Deps } from "../deps.ts";
import { hex } from "../lib/bytes.ts";
import { quotaOf } from "./limits.ts";
import { remaining, type Load } from "./rules.ts";
import { selectLoad } from "./statements.ts";
import { countMailSealedBy, mailStates } from "./store.ts";

/** What became of mails, by their ids; null for one that was taken back or is forgotten. */
export async function followMails(deps: Deps, ids: number[]): Promise<Map<number, string | null>> {
  const states = await mailStates(deps, ids);
  return new Map(ids.map((id) => [id, states.get(id) ?? null]));
}

/** How many more mails may leave today before others would have to wait, by the load alone. */
export async function freePlaces(deps: Deps): Promise<number> {
  const row = await selectLoad(deps.db, deps.clock.now()).first<Load>();
  return Math.max(0, remaining(row!, quotaOf(deps.settings)) - row!.waiting);
}

/** Mails that wait sealed under the master secret before; 0 where there is none. */
export async function countOlderMail(deps: Deps): Promise<number> {
  const { older } = await deps.keys.aes("envelope");
  return older ? countMailSealedBy(deps, hex(older.id)) : 0;
}
