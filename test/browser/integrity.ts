import { DAY, dayOf, HOUR } from "../../src/lib/clock.ts";

/** Groups that can be chosen, one in quarantine, some taken out, and what everyone sees of it. */
export function integritySql(room: string, shown: string): string {
  const now = Date.now();
  const day = dayOf(now - DAY);
  const groups = [
    ["PL", "proved", "gmail.com", "", 140],
    ["LT", "plain", "wp.pl", "newsletter", 35],
    ["DE", "plain", "#8f3a5c0d9e2b7146", "", 60],
    ["DE", "plain", "#1c44e0b97a5d2f83", "", 42],
  ].map((row) => `('${room}', '${day}', '${row.slice(0, 4).join("', '")}', ${row[4]})`);
  const holds = [
    ["quarantined", "surge", { day: dayOf(now), country: "LT" }, 72],
    ["taken_out", "throwaway", { day, providers: ["#8f3a5c0d9e2b7146", "#1c44e0b97a5d2f83"] }, 168],
    ["taken_out", "program", { day, lane: "plain", source: "newsletter" }, -1],
  ].map(
    ([state, why, picked, hours], place) =>
      `('h-${place}', '${room}', '${state as string}', '${why as string}', '${JSON.stringify(picked)}', ${now}, ${now + (hours as number) * HOUR}, 64, 60)`,
  );
  const held = [
    { state: "quarantined", why: "surge", count: 64 },
    ...["throwaway", "program", "repeated", "other"].map((why) => ({
      state: "taken_out",
      why,
      count: 120,
    })),
  ];
  return `
    INSERT INTO signature_groups (campaign, day, country, lane, provider, source, count) VALUES ${groups.join()};
    INSERT INTO holds (id, campaign, state, why, picked, begun_at, ends_at, count, shown) VALUES ${holds.join()};
    INSERT INTO published_integrity (campaign, day, asked, total, withdrawn, held)
      VALUES ('${shown}', '${day}', 2391, 1234, 17, '${JSON.stringify(held)}');`;
}
