/** `npm run inventory`: writes what is stored (src/privacy/inventory.ts) into SECURITY.md, between its marks. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { readSettings, type Env } from "../env.ts";
import { formatMessage } from "../ui/message.ts";
import {
  ELSEWHERE,
  ERASURES,
  SUBJECTS,
  TABLES,
  inUnits,
  timeOf,
  type Kept,
  type Place,
  type Until,
} from "../privacy/inventory.ts";
import { compileMessage } from "./messages.ts";
import { root } from "./wrangler.ts";

const FILE = path.join(root, "SECURITY.md");
const BEGIN = "<!-- made by npm run inventory: what stands up to the next mark is written over -->";
const END = "<!-- end of what npm run inventory made -->";

const words = JSON.parse(
  readFileSync(path.join(root, "templates/inventory/en.json"), "utf8"),
) as Record<string, string>;

/** The words of a code. Throws where there are none. */
export function wordsOf(key: string): string {
  const text = words[key];
  if (text === undefined) throw new Error(`templates/inventory/en.json has no ${key}`);
  return text;
}

/** Every key of the words. */
export const WORD_KEYS: readonly string[] = Object.keys(words);

/** What the settings are where nobody set any. */
const settings = readSettings({
  STAGE: "local",
  PUBLIC_ORIGIN: "http://localhost",
  MAIL_FROM: "Tandem <tandem@localhost.example>",
  MASTER_SECRET: "x".repeat(32),
  RESEND_API_KEY: "x".repeat(8),
  RESEND_WEBHOOK_SECRET: "whsec_x",
  OPERATOR_TOKEN: "x".repeat(24),
} as unknown as Env);

const pageWords = JSON.parse(
  readFileSync(path.join(root, "templates/ui/en.json"), "utf8"),
) as Record<string, string>;
const ENGLISH = { plurals: new Intl.PluralRules("en"), number: String };

function inWords(ms: number): string {
  const { unit, count } = inUnits(ms);
  const message = compileMessage("en", pageWords[`privacy.time.${unit}`]!);
  return formatMessage(message, { count, total: count.toLocaleString("en") }, ENGLISH);
}

function untilOf(until: Until): string {
  const time = timeOf(settings, until);
  return wordsOf(`until.${until}`).replace("{time}", time === null ? "" : inWords(time));
}

const byOf = ({ until }: Kept) =>
  [...new Set(until.flatMap((one) => ERASURES[one].by))].map((by) => `\`${by}\``).join(", ");

/** More columns than these are named in src/privacy/inventory.ts alone. */
const COLUMNS_SHOWN = 8;

function rowsOf(name: string, { kept }: Place): string[] {
  return kept.map((one) => {
    const columns = one.columns.map((column) => `\`${column}\``).join(", ");
    const shown = one.columns.length > COLUMNS_SHOWN ? wordsOf("others") : columns;
    const cells = [
      `\`${name}\`: ${shown}`,
      wordsOf(`what.${name}.${one.columns[0]}`),
      wordsOf(`how.${one.how}`),
      one.until.map(untilOf).join("; "),
      byOf(one) || "–",
    ];
    return `| ${cells.join(" | ")} |`;
  });
}

/** Markdown of all that is kept, by whom it is about. */
export function inventoryMarkdown(): string {
  const places = Object.entries({ ...TABLES, ...ELSEWHERE });
  const head = ["where", "what", "how", "until", "by"].map((name) => wordsOf(`head.${name}`));
  return [...SUBJECTS, null]
    .map((subject) => {
      const own = places.filter(([, place]) => place.subject === subject);
      const why = [...Map.groupBy(own, ([, { ground }]) => ground)].map(([ground, places]) => {
        const names = places.map(([name]) => `\`${name}\` (${wordsOf(`why.${name}`)})`).join(", ");
        return ground === null ? `${names}.` : `- ${wordsOf(`ground.${ground}`)}: ${names}.`;
      });
      const rows = own.flatMap(([name, place]) => rowsOf(name, place));
      return [
        `### ${wordsOf(`subject.${subject ?? "nobody"}`)}`,
        why.join("\n"),
        [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...rows].join("\n"),
      ].join("\n\n");
    })
    .join("\n\n");
}

/** What stands between the marks of SECURITY.md. */
export function inventoryInFile(): string {
  const text = readFileSync(FILE, "utf8");
  return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END));
}

if (import.meta.main) {
  const text = readFileSync(FILE, "utf8");
  const [before, after] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  writeFileSync(FILE, `${text.slice(0, before)}\n\n${inventoryMarkdown()}\n\n${text.slice(after)}`);
  const { status } = spawnSync("oxfmt", [FILE], { stdio: "inherit" });
  process.exit(status ?? 1);
}
