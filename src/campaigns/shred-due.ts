import type { Audit } from "../audit/statements.ts";
import type { Deps } from "../deps.ts";
import { Problem } from "../lib/problem.ts";
import { erasedNow } from "./ended.ts";
import * as store from "./store.ts";

/** The campaign whose time to be shredded came first, with who asked for it; null where nobody had to. */
export async function dueShreds(deps: Deps): Promise<{ slug: string; by: string | null }[]> {
  return store.dueShreds(deps, erasedNow(deps, "erasure-hashes"));
}

/** Sets or takes back when a campaign is to be shredded. Throws `campaign.saved_meanwhile` (409). */
export async function saveShredDue(
  deps: Deps,
  change: { slug: string; version: number },
  due: { at: number; by: string } | null,
  audit: Audit,
  mails: D1PreparedStatement[],
): Promise<void> {
  const saved = await store.saveShredDue(deps, change, due, audit, mails);
  if (!saved) throw new Problem(409, "campaign.saved_meanwhile");
}
