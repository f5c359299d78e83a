import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { WORD_KEYS, inventoryInFile, inventoryMarkdown } from "../../src/dev/inventory.ts";
import { root } from "../../src/dev/wrangler.ts";
import { JOBS } from "../../src/jobs.ts";
import { ELSEWHERE, ERASURES, SUBJECTS, TABLES } from "../../src/privacy/inventory.ts";

/** Text without what oxfmt pads tables with. */
const plain = (text: string) => text.replace(/-{3,}/g, "---").replace(/ +/g, " ").trim();

test("SECURITY.md says what the inventory says", () => {
  expect(plain(inventoryInFile())).toBe(plain(inventoryMarkdown()));
});

test("every code of the inventory has words, and no words are left over", () => {
  const places = Object.entries({ ...TABLES, ...ELSEWHERE });
  const kept = places.flatMap(([name, place]) => place.kept.map((one) => ({ name, ...one })));
  const used = new Set([
    ...["where", "what", "how", "until", "by"].map((one) => `head.${one}`),
    "others",
    ...[...SUBJECTS, "nobody"].map((one) => `subject.${one}`),
    ...places.flatMap(([name, { ground }]) => [
      `why.${name}`,
      ...(ground ? [`ground.${ground}`] : []),
    ]),
    ...kept.flatMap(({ name, columns, how, until }) => [
      `what.${name}.${columns[0]}`,
      `how.${how}`,
      ...until.map((one) => `until.${one}`),
    ]),
  ]);
  expect(WORD_KEYS.toSorted()).toEqual([...used].toSorted());
  expect(Object.keys(ERASURES).filter((one) => !used.has(`until.${one}`))).toEqual([]);
});

test("whatever erases something is a job of the schedule or an act that there is", () => {
  const jobs = JOBS.map(({ name }) => name);
  for (const [code, { by }] of Object.entries(ERASURES)) {
    for (const one of by) {
      const there = one.includes("/")
        ? existsSync(path.join(root, "src", one))
        : jobs.includes(one);
      expect(there, `${code}: ${one}`).toBe(true);
    }
  }
});

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("dev/"))
    .map((file) => readFileSync(path.join(root, folder, file), "utf8"));
}

test("every cookie is in the inventory, and browsers store nothing else", () => {
  const all = sources("src").join("\n");
  const cookies = [...all.matchAll(/const \w*COOKIE = "(\w+)"/g)].map((match) => match[1]!);
  const listed = ELSEWHERE.cookies.kept.flatMap(({ columns }) => columns);
  expect(cookies.toSorted()).toEqual(listed.toSorted());
  const set = [...all.matchAll(/setCookie\(\s*c,\s*(\S+?),/g)].map((match) => match[1]!);
  expect(set.filter((name) => !/^[A-Z_]*COOKIE$/.test(name))).toEqual([]);
  expect(all).not.toMatch(
    /localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open|serviceWorker|cookieStore/,
  );
});
