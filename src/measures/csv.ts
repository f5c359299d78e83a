import { CSV_MARK, csvLine } from "../lib/csv.ts";
import type { Matrix } from "./read.ts";

const HEAD = [
  ..."sector side regime status since grade act author source as_of checked_on stale".split(" "),
  "days_from_russia_to_belarus",
];

/** The matrix for spreadsheets: a line for each cell. */
export function matrixCsv({ cells, gaps }: Matrix): string {
  const lines = cells.map((cell) => {
    const { sector, side } = cell;
    const gap = gaps.find((one) => one.sector === sector && one.side === side);
    const row = [
      sector,
      side,
      cell.regime,
      cell.status,
      cell.since,
      cell.grade,
      cell.act,
      cell.author,
    ];
    const sources = [cell.source, ...cell.also].filter(Boolean).join(" ");
    const checked = [sources, cell.asOf, cell.checkedOn, cell.stale ? "yes" : "no"];
    return csvLine([...row, ...checked, gap?.days ?? null].map((one) => one ?? ""));
  });
  return CSV_MARK + csvLine(HEAD) + lines.join("");
}
