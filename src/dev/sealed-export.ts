import { exportHeadLine, type ExportRow } from "../signatures/unseal.ts";
import { runWrangler } from "./wrangler.ts";

const PAGE_ROWS = 1_000;

/** The lines of an export, in the order of their random ids. */
export async function* exportLines(
  slug: string,
  remote: boolean,
  more: string[] = [],
): AsyncGenerator<string> {
  if (!/^[a-z0-9-]+$/.test(slug)) throw new Error(`“${slug}” is not the name of a campaign.`);
  yield exportHeadLine(slug);
  let after = "";
  for (;;) {
    const sql = `SELECT lower(hex(id)) AS id, lower(hex(sealed)) AS sealed,
        CASE WHEN sealed_second IS NOT NULL THEN lower(hex(sealed_second)) END AS second
      FROM signatures WHERE id > x'${after}' AND +campaign = '${slug}' AND sealed IS NOT NULL
      ORDER BY signatures.id LIMIT ${PAGE_ROWS}`;
    const out = await runWrangler([
      "d1",
      "execute",
      "DB",
      remote ? "--remote" : "--local",
      "--json",
      "--command",
      sql,
      ...more,
    ]);
    const [answer] = JSON.parse(out.slice(out.indexOf("["))) as { results: ExportRow[] }[];
    for (const row of answer!.results) {
      yield JSON.stringify(row);
      after = row.id;
    }
    if (answer!.results.length < PAGE_ROWS) return;
  }
}
