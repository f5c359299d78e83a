import { base64url } from "../lib/bytes.ts";
import type { ExportRow } from "../signatures/unseal.ts";
import { runWrangler } from "./wrangler.ts";

const PAGE_ROWS = 2_000;

interface Row {
  id: string;
  day: string;
  country: string;
  sealed: string;
  second: string | null;
}

const fromHex = (text: string) => base64url(Uint8Array.from(Buffer.from(text, "hex")));

/** The lines of an export (tandem-export/1), in the order of their random ids. */
export async function* exportLines(
  slug: string,
  remote: boolean,
  more: string[] = [],
): AsyncGenerator<string> {
  if (!/^[a-z0-9-]+$/.test(slug)) throw new Error(`“${slug}” is not the name of a campaign.`);
  yield JSON.stringify({ format: "tandem-export/1", campaign: slug });
  let after = "";
  for (;;) {
    const sql = `SELECT hex(id) AS id, day, country, hex(sealed) AS sealed,
        CASE WHEN sealed_second IS NOT NULL THEN hex(sealed_second) END AS second FROM signatures
      WHERE campaign = '${slug}' AND sealed IS NOT NULL AND id > x'${after}' ORDER BY id LIMIT ${PAGE_ROWS}`;
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
    const [answer] = JSON.parse(out.slice(out.indexOf("["))) as { results: Row[] }[];
    for (const row of answer!.results) {
      const line: ExportRow = {
        ...row,
        id: fromHex(row.id),
        sealed: fromHex(row.sealed),
        second: row.second && fromHex(row.second),
      };
      yield JSON.stringify(line);
      after = row.id;
    }
    if (answer!.results.length < PAGE_ROWS) return;
  }
}
