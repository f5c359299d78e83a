const DANGEROUS = /^[=+\-@\t\r]/;

/** Excel takes a file for UTF-8 only where this stands in front. */
export const CSV_MARK = "\uFEFF";

/**
 * One line of CSV (RFC 4180, CRLF). A text that a spreadsheet would take for a formula gets an
 * apostrophe in front (OWASP, CSV injection); a number stays one, whatever its sign.
 */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: string | number): string {
  if (typeof cell === "number") return String(cell);
  const safe = DANGEROUS.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
