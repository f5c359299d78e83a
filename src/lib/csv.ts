const DANGEROUS = /^[=+\-@\t\r]/;

/**
 * One line of CSV (RFC 4180, CRLF). A cell that a spreadsheet would take for a formula gets an
 * apostrophe in front (OWASP, CSV injection).
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(text: string): string {
  const safe = DANGEROUS.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
