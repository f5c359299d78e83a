import type { Deps } from "../deps.ts";
import { base64url, fromBase64url, hex } from "../lib/bytes.ts";
import { sealedRows } from "./store.ts";
import type { ExportRow } from "./unseal.ts";

/**
 * One page of a campaign's sealed rows, in the order of their random ids. `after` is the id of the
 * last row before (base64url), null for the first page. `next` is null on the last one.
 */
export async function exportPage(
  deps: Deps,
  campaign: string,
  after: string | null,
): Promise<{ rows: ExportRow[]; next: string | null }> {
  const limit = deps.settings.EXPORT_PAGE;
  const from = after === null ? "" : hex(fromBase64url(after) ?? new Uint8Array());
  const found = await sealedRows(deps, campaign, from, limit);
  const rows = found.map((row) => ({
    id: base64url(row.id),
    day: row.day,
    country: row.country,
    sealed: base64url(row.sealed),
    second: row.second && base64url(row.second),
  }));
  return { rows, next: rows.length < limit ? null : rows.at(-1)!.id };
}
