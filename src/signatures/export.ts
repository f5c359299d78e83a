import type { Deps } from "../deps.ts";
import { sealedRows } from "./store.ts";
import type { ExportRow } from "./unseal.ts";

/**
 * One page of a campaign's sealed rows, in the order of their random ids. `after` is the id of the
 * last row before (hex), null for the first page. `next` is null on the last one.
 */
export async function exportPage(
  deps: Deps,
  campaign: string,
  after: string | null,
): Promise<{ rows: ExportRow[]; next: string | null }> {
  const limit = deps.settings.EXPORT_PAGE;
  const rows = await sealedRows(deps, campaign, after ?? "", limit);
  return { rows, next: rows.length < limit ? null : rows.at(-1)!.id };
}
