import type { Deps } from "../deps.ts";
import { findAudit } from "./store.ts";

const PAGE = 100;

/** A campaign's log, newest first. `next` goes into `before` for older acts. */
export async function readLog(deps: Deps, campaign: string, before = Number.MAX_SAFE_INTEGER) {
  const rows = await findAudit(deps, campaign, before, PAGE + 1);
  const shown = rows.slice(0, PAGE);
  return {
    acts: shown.map(({ at, before: was, after, ...row }) => ({
      ...row,
      at: new Date(at).toISOString(),
      before: was === null ? null : (JSON.parse(was) as unknown),
      after: after === null ? null : (JSON.parse(after) as unknown),
    })),
    next: rows.length > PAGE ? (shown.at(-1)?.at ?? null) : null,
  };
}
