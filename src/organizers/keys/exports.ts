import type { Campaign } from "../../campaigns/rules.ts";
import type { Deps } from "../../deps.ts";
import { Problem } from "../../lib/problem.ts";
import { wake } from "../../mail/enqueue.ts";
import { exportPage } from "../../signatures/export.ts";
import { DAY } from "../../lib/clock.ts";
import { tellOwners } from "../notices.ts";
import { findExport, insertExport, movePage } from "../store.ts";

/** Over how long EXPORTS_A_DAY counts, ms. */
export const EXPORTS_COUNT_MS = DAY;

/**
 * Begins a download of the sealed rows and tells every owner; the audit row's id is what its pages are
 * asked for by. Throws `export.too_many` (429).
 */
export async function startExport(
  deps: Deps,
  by: string,
  campaign: Campaign,
  why: "list" | "updates",
): Promise<string> {
  const { slug } = campaign;
  const told = await tellOwners(deps, by, slug, "export", { why });
  const begun = await insertExport(
    deps,
    { campaign: slug, by, act: `${why}.exported`, told },
    { since: deps.clock.now() - EXPORTS_COUNT_MS, most: deps.settings.EXPORTS_A_DAY },
  );
  if (!begun) throw new Problem(429, "export.too_many");
  await wake(deps);
  return told.id;
}

/**
 * One page of a download: the next one, or the last one again, a few times. Whoever could read the
 * pages over and over would see in which minute somebody came or went. Throws `export.over` (410) for
 * any other page, and for a download that is another's or ran out.
 */
export async function readExport(
  deps: Deps,
  by: string,
  campaign: Campaign,
  id: string,
  after: string | null,
) {
  const { EXPORT_MS, EXPORT_REPEATS } = deps.settings;
  const { slug } = campaign;
  const from = after ?? "";
  const since = deps.clock.now() - EXPORT_MS;
  const begun = await findExport(deps, { id, campaign: slug, by, since });
  if (!begun || ![begun.next, begun.last].includes(from)) throw new Problem(410, "export.over");
  const page = await exportPage(deps, slug, after);
  const turn = { after: from, next: page.next, most: EXPORT_REPEATS };
  if (!(await movePage(deps, id, turn))) throw new Problem(410, "export.over");
  return page;
}
