import { DAY, MINUTE } from "../lib/clock.ts";
import { minutesAhead, type Offsets } from "../lib/zones.ts";

/** Every change of a zone's clocks between two days (ms), to the minute. */
export function offsetsBetween(zone: string, first: number, last: number): Offsets {
  const found: [number, number][] = [[0, minutesAhead(zone, first)]];
  for (let day = first; day < last; day += DAY) {
    const ahead = minutesAhead(zone, day + DAY);
    if (ahead === found.at(-1)![1]) continue;
    let [before, after] = [day, day + DAY];
    while (after - before > MINUTE) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE) * MINUTE;
      if (minutesAhead(zone, middle) === ahead) after = middle;
      else before = middle;
    }
    found.push([after / MINUTE, ahead]);
  }
  return found;
}
