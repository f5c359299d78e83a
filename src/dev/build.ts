/**
 * Makes .generated/: every text in templates/ as a JSON for each locale (Markdown already HTML, messages
 * already compiled, country names and date patterns beside them), the letters, and the files that browsers
 * load, with the hash of what is in them in their names (assets.json says which is which).
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build, type BuildOptions } from "esbuild";
import { COUNTRIES } from "../lib/countries.ts";
import { PARLIAMENTS } from "../recipients/parliaments/index.ts";
import { letterLocales, readLetters } from "./letters.ts";
import { templateToHtml } from "../lib/markdown.ts";
import { markdownToText, splitFrontMatter } from "./markdown.ts";
import { compileMessages, requireSameArguments } from "./messages.ts";
import { offsetsBetween } from "./zones.ts";

const root = path.resolve(import.meta.dirname, "../..");
const templates = path.join(root, "templates");
const generated = path.join(root, ".generated");
const assets = path.join(generated, "assets");
const loaded = path.join(assets, "assets");

const HASH_CHARACTERS = 8;
/** What browsers load on pages; workers are made before them, which name these. */
const SCRIPTS = ["petition", "organize", "keys", "list", "updates"];
const LIST_WORKER = "list-worker.js";
const PROOF_WORKER = "proof-worker.js";
/** Years for which changes of the clocks where parliaments' offices are get written down. */
const CLOCKS = [Date.UTC(2026, 0, 1), Date.UTC(2042, 0, 1)] as const;
/** What is asked for by a name that everybody knows. */
const UNHASHED = ["favicon.ico", "robots.txt"];

/** By the name in the source, the address that a page refers to. */
type Addresses = Record<string, string>;

/** Locales are the files of templates/ui: adding a locale is adding files. */
export function locales(): string[] {
  return readdirSync(path.join(templates, "ui"))
    .map((file) => path.basename(file, ".json"))
    .sort();
}

function localeData(locale: string) {
  const names = new Intl.DisplayNames([locale], { type: "region" });
  const collator = new Intl.Collator(locale);
  const formatter = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  const monthYear = new Intl.DateTimeFormat(locale, {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  const group = new Intl.NumberFormat(locale)
    .formatToParts(1_234_567)
    .find((part) => part.type === "group");
  return {
    countries: COUNTRIES.map((code) => [code, names.of(code) ?? code] as const).sort((a, b) =>
      collator.compare(a[1], b[1]),
    ),
    // workerd's ICU has no Belarusian dates or numbers, Node's has: so they are made here.
    months: Array.from({ length: 12 }, (_, month) =>
      formatter
        .format(Date.UTC(2001, month, 17))
        .replace("17", "{d}")
        .replace("2001", "{y}"),
    ),
    monthYears: Array.from({ length: 12 }, (_, month) =>
      monthYear.format(Date.UTC(2001, month, 17)).replace("2001", "{y}"),
    ),
    group: group?.value ?? "",
  };
}

function mailTemplates(locale: string) {
  const folder = path.join(templates, "mail", locale);
  return Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith(".md"))
      .map((file) => {
        const { data, body } = splitFrontMatter(readFileSync(path.join(folder, file), "utf8"));
        return [
          path.basename(file, ".md"),
          { data, text: markdownToText(body), html: templateToHtml(body) },
        ];
      }),
  );
}

const readMessages = (file: string) =>
  JSON.parse(readFileSync(path.join(templates, file), "utf8")) as Record<string, string>;

/** The messages that people read, as they are written. */
export interface MessageSources {
  ui: Record<string, string>;
  mail: ReturnType<typeof mailTemplates>;
}

/** By locale, the messages of pages and mails. */
export function readMessageSources(): Record<string, MessageSources> {
  return Object.fromEntries(
    locales().map((locale) => [
      locale,
      { ui: readMessages(`ui/${locale}.json`), mail: mailTemplates(locale) },
    ]),
  );
}

/** The messages of the organizers' room. */
export const readRoomMessages = () => readMessages("organize/en.json");

function compileTexts(locale: string, { ui, mail }: MessageSources) {
  const form = (name: "text" | "html") =>
    compileMessages(
      locale,
      Object.fromEntries(Object.entries(mail).map(([file, one]) => [`${file}.md`, one[name]])),
    );
  return { ui: compileMessages(locale, ui), text: form("text"), html: form("html") };
}

/** Everything that people read but the letters, by locale. Throws for the first message that is wrong. */
function readTemplates() {
  const sources = readMessageSources();
  const english = compileTexts("en", sources["en"]!);
  return Object.fromEntries(
    Object.entries(sources).map(([locale, source]) => {
      const { ui, text, html } = compileTexts(locale, source);
      const missing = Object.keys(english.ui).find((key) => !Object.hasOwn(ui, key));
      if (missing !== undefined) throw new Error(`${locale}: ${missing}: missing`);
      requireSameArguments(locale, ui, english.ui);
      requireSameArguments(locale, text, english.text);
      requireSameArguments(locale, html, english.html);
      const mail = Object.entries(source.mail).map(([name, { data }]) => [
        name,
        { data, text: text[`${name}.md`]!, html: html[`${name}.md`]! },
      ]);
      return [locale, { ui, mail: Object.fromEntries(mail), ...localeData(locale) }];
    }),
  );
}

/** Bundles files of src/ into /assets. */
async function bundle(sources: string[], options: BuildOptions = {}): Promise<Addresses> {
  const built = await build({
    entryPoints: sources.map((source) => path.join(root, "src", source)),
    entryNames: "[name]-[hash]",
    outdir: loaded,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    absWorkingDir: root,
    logLevel: "warning",
    ...options,
    metafile: true,
  });
  return Object.fromEntries(
    Object.entries(built.metafile.outputs).flatMap(([output, { entryPoint }]) => {
      if (entryPoint === undefined) return [];
      const name = path.basename(entryPoint).replace(/\.ts$/, ".js");
      return [[name, `/assets/${path.basename(output)}`] as const];
    }),
  );
}

/** Copies a file of src/ui into /assets. */
function copyHashed(file: string): Addresses {
  const source = path.join(root, "src/ui", file);
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex");
  const { name, ext } = path.parse(file);
  const hashed = `${name}-${hash.slice(0, HASH_CHARACTERS)}${ext}`;
  copyFileSync(source, path.join(loaded, hashed));
  return { [file]: `/assets/${hashed}` };
}

/** A document made of a file does nothing and is shown nowhere. */
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * What a worker has in place of that: it loads nothing from anywhere, connects nowhere and evaluates no
 * text, whatever it is given.
 */
const IN_A_WORKER = [
  "! Content-Security-Policy",
  `Content-Security-Policy: ${NOTHING}; require-trusted-types-for 'script'; trusted-types 'none'`,
];

/** A file with the hash of what is in it in its name. */
const KEPT = "Cache-Control: public, max-age=31536000, immutable";
/** Shown by other sites beside a link. */
const FOR_OTHER_SITES = ["! Cross-Origin-Resource-Policy"];

/** What single files have besides. */
const OWN_HEADERS: Record<string, string[]> = {
  [LIST_WORKER]: IN_A_WORKER,
  [PROOF_WORKER]: IN_A_WORKER,
  "og.png": FOR_OTHER_SITES,
};

/** The headers of files: Cloudflare answers them without the Worker. */
function headersFile(addresses: Addresses): string {
  const rules: Record<string, string[]> = {
    "/*": [
      "X-Content-Type-Options: nosniff",
      "Referrer-Policy: no-referrer",
      "Cross-Origin-Resource-Policy: same-origin",
      "Strict-Transport-Security: max-age=31536000",
      `Content-Security-Policy: ${NOTHING}; sandbox`,
    ],
  };
  rules["/assets/share/*"] = [KEPT, ...FOR_OTHER_SITES];
  for (const file of UNHASHED) rules[`/${file}`] = ["Cache-Control: public, max-age=3600"];
  for (const [name, address] of Object.entries(addresses)) {
    rules[address] = [KEPT, ...(OWN_HEADERS[name] ?? [])];
  }
  return Object.entries(rules)
    .map(([rule, headers]) => [rule, ...headers.map((one) => `  ${one}`), ""].join("\n"))
    .join("\n");
}

/** Pictures of the table, in the words that were made just now. */
async function sharePictures(): Promise<void> {
  // These read what is generated: on a fresh checkout it is not there before.
  const { loadTexts } = await import("../ui/i18n.ts");
  const { drawShares } = await import("./share.ts");
  const assetsOf = (file: string) =>
    Promise.resolve(new Response(readFileSync(path.join(assets, file), "utf8")));
  for (const locale of locales()) await loadTexts({ assets: assetsOf }, locale);
  const kept = path.join(generated, "share");
  const shares = drawShares(locales(), kept, path.join(loaded, "share"));
  writeFileSync(path.join(generated, "share.json"), JSON.stringify(shares));
}

async function buildAll(): Promise<void> {
  rmSync(assets, { recursive: true, force: true });
  mkdirSync(path.join(loaded, "texts"), { recursive: true });
  for (const [locale, texts] of Object.entries(readTemplates())) {
    writeFileSync(path.join(loaded, `texts/${locale}.json`), JSON.stringify(texts));
  }
  const names = Object.fromEntries(
    locales().map((locale) => [
      locale,
      new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale,
    ]),
  );
  const organize = compileMessages("en", readRoomMessages());
  writeFileSync(path.join(loaded, "texts/organize.json"), JSON.stringify(organize));
  writeFileSync(path.join(generated, "locales.json"), JSON.stringify(names));
  const zones = PARLIAMENTS.map(({ office: { zone } }) => [zone, offsetsBetween(zone, ...CLOCKS)]);
  writeFileSync(path.join(generated, "zones.json"), JSON.stringify(Object.fromEntries(zones)));
  for (const locale of letterLocales()) {
    const folder = path.join(loaded, "letters", locale);
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(readLetters(locale))) {
      writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(content));
    }
  }
  mkdirSync(path.join(loaded, "claims"), { recursive: true });
  for (const file of readdirSync(path.join(templates, "claims"))) {
    const texts: unknown = JSON.parse(readFileSync(path.join(templates, "claims", file), "utf8"));
    writeFileSync(path.join(loaded, "claims", file), JSON.stringify(texts));
  }
  await sharePictures();
  const workers = await bundle(
    [LIST_WORKER, PROOF_WORKER].map((name) => `browser/${path.parse(name).name}.ts`),
  );
  const addresses = {
    ...workers,
    ...(await bundle(
      SCRIPTS.map((name) => `browser/${name}.ts`),
      {
        define: {
          LIST_WORKER_URL: JSON.stringify(workers[LIST_WORKER]),
          PROOF_WORKER_URL: JSON.stringify(workers[PROOF_WORKER]),
        },
      },
    )),
    ...(await bundle(["ui/styles.css"], { external: ["data:*"] })),
    ...copyHashed("og.png"),
    ...copyHashed("icon.svg"),
  };
  writeFileSync(path.join(generated, "assets.json"), JSON.stringify(addresses));
  for (const file of UNHASHED) {
    copyFileSync(path.join(root, "src/ui", file), path.join(assets, file));
  }
  writeFileSync(path.join(assets, "_headers"), headersFile(addresses));
}

if (import.meta.main) await buildAll();
