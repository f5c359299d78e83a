/** Orders codes, names of ours and days `YYYY-MM-DD`. `localeCompare` would load ICU's collation: 6 ms of an isolate. */
export function byCode(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
