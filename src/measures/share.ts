import shares from "../../.generated/share.json" with { type: "json" };
import type { Matrix } from "./read.ts";

const hashes: Record<string, Record<string, string>> = shares;

/**
 * The picture that other sites show beside a link to the table, or to a sector; undefined where it would
 * show what is no longer so. First days do not change; what a cell says may.
 */
export function shareImage(locale: string, sector: string | null, matrix: Matrix) {
  const showsCells = sector !== null && !matrix.gaps.some((gap) => gap.sector === sector);
  const changed = matrix.cells.some((cell) => cell.sector === sector && cell.change !== null);
  const hash = hashes[locale]?.[sector ?? ""];
  if (hash === undefined || (showsCells && changed)) return undefined;
  return `/assets/share/${locale}-${sector ?? "all"}-${hash}.png`;
}
