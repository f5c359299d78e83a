/** From which moment (minutes since 1970) on a zone's clocks are so many minutes ahead of UTC; in order. */
export type Offsets = readonly (readonly [from: number, minutes: number])[];

const formats = new Map<string, Intl.DateTimeFormat>();

/** How many minutes the clocks of a zone (IANA) are ahead of UTC at a moment (ms). */
export function minutesAhead(zone: string, now: number): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  const name = format.formatToParts(now).find(({ type }) => type === "timeZoneName")!.value;
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name)!;
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}
