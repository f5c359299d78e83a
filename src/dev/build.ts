/**
 * Makes .generated/: every text in templates/ as a JSON for each locale (Markdown already HTML, country
 * names and date patterns beside it), the letters, and the files that browsers load.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { COUNTRIES } from "../lib/countries.ts";
import { letterLocales, readLetters } from "./letters.ts";
import { templateToHtml } from "../lib/markdown.ts";
import { markdownToText, splitFrontMatter } from "./markdown.ts";

const root = path.resolve(import.meta.dirname, "../..");
const templates = path.join(root, "templates");
const generated = path.join(root, ".generated");
const assets = path.join(generated, "assets");

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

/** Everything that people read but the letters, by locale. */
export function readTemplates() {
  return Object.fromEntries(
    locales().map((locale) => [
      locale,
      {
        ui: JSON.parse(
          readFileSync(path.join(templates, "ui", `${locale}.json`), "utf8"),
        ) as Record<string, string>,
        mail: mailTemplates(locale),
        ...localeData(locale),
      },
    ]),
  );
}

async function buildAll(): Promise<void> {
  rmSync(assets, { recursive: true, force: true });
  mkdirSync(path.join(assets, "assets"), { recursive: true });
  mkdirSync(path.join(assets, "assets/texts"));
  for (const [locale, texts] of Object.entries(readTemplates())) {
    writeFileSync(path.join(assets, `assets/texts/${locale}.json`), JSON.stringify(texts));
  }
  const names = Object.fromEntries(
    locales().map((locale) => [
      locale,
      new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale,
    ]),
  );
  const organize = readFileSync(path.join(templates, "organize/en.json"), "utf8");
  writeFileSync(path.join(assets, "assets/texts/organize.json"), organize);
  writeFileSync(path.join(generated, "locales.json"), JSON.stringify(names));
  for (const locale of letterLocales()) {
    const folder = path.join(assets, "assets/letters", locale);
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(readLetters(locale))) {
      writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(content));
    }
  }
  await build({
    entryPoints: ["petition", "organize", "keys", "list", "list-worker", "updates"].map((name) =>
      path.join(root, `src/browser/${name}.ts`),
    ),
    outdir: path.join(assets, "assets"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  await build({
    entryPoints: [path.join(root, "src/ui/styles.css")],
    outdir: path.join(assets, "assets"),
    bundle: true,
    minify: true,
    external: ["data:*"],
    logLevel: "warning",
  });
  for (const file of ["og.png", "icon.svg"]) {
    copyFileSync(path.join(root, "src/ui", file), path.join(assets, "assets", file));
  }
  copyFileSync(path.join(root, "src/ui/favicon.ico"), path.join(assets, "favicon.ico"));
  writeFileSync(
    path.join(assets, "_headers"),
    [
      "/assets/*",
      "  Cache-Control: public, max-age=3600",
      "  X-Content-Type-Options: nosniff",
      "  Referrer-Policy: no-referrer",
      "",
    ].join("\n"),
  );
}

if (import.meta.main) await buildAll();
