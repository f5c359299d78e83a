/**
 * Draws the pictures that other sites show beside a link to the table "In step": one for the table and one
 * for each sector, in each language. What has been drawn is kept by the hash of all that is in it.
 */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { escapeHtml } from "../lib/html.ts";
import { cellsOf, gapsOf, inStep, MEASURES, type Cell, type Gap } from "../measures/rules.ts";
import { wordsOf, type Words } from "../measures/words.ts";

const root = path.resolve(import.meta.dirname, "../..");
const [WIDTH, HEIGHT] = [1_200, 630];
const MARGIN = 72;
/** An empty picture has less: a font that is not found draws nothing and says nothing. */
const LEAST_BYTES = 8 * 1024;
const HASH_CHARACTERS = 8;

const fonts = path.join(root, "node_modules/@expo-google-fonts/noto-sans");
const FONT = {
  fontFiles: [
    path.join(fonts, "400Regular/NotoSans_400Regular.ttf"),
    path.join(fonts, "700Bold/NotoSans_700Bold.ttf"),
  ],
  loadSystemFonts: false,
  defaultFontFamily: "Noto Sans",
};

const INK = { ground: "#0f3560", text: "#ffffff", accent: "#ffc247", russia: "#9cc7f2" };
const BOXES: Record<Cell["status"], { fill: string; text: string }> = {
  in_force: { fill: "#1f66ad", text: "#ffffff" },
  restricted: { fill: "#d3e3f5", text: "#0b2f54" },
  eased: { fill: "#fbe3c4", text: "#4d2c00" },
  not_a_target: { fill: "#274a70", text: "#ffffff" },
  nothing_found: { fill: "#274a70", text: "#ffffff" },
  not_gathered: { fill: "#274a70", text: "#ffffff" },
};

interface Style {
  size: number;
  bold?: boolean;
  fill?: string;
}

/** All that is on a picture, in words. */
interface Drawing {
  heading: string;
  title: string;
  /** A figure and what it counts. */
  figure: { big: string; small: string } | null;
  /** The two first days. */
  days: { russia: string; belarus: string } | null;
  cells: { column: string; status: Cell["status"]; word: string }[];
  note: string;
}

function text(x: number, y: number, words: string, { size, bold, fill = INK.text }: Style): string {
  return `<text x="${x}" y="${y}" font-family="Noto Sans" font-size="${size}" font-weight="${bold ? 700 : 400}" fill="${fill}">${escapeHtml(words)}</text>`;
}

const inSvg = (content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${content}</svg>`;

function widthOf(words: string, style: Style): number {
  return new Resvg(inSvg(text(0, 300, words, style)), { font: FONT }).getBBox()?.width ?? 0;
}

/** Lines no wider than that: SVG does not wrap. */
function wrap(words: string, style: Style, most: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || widthOf(longer, style) > most) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** The largest size at which the words take one line; of more lines, the smallest size. */
function fit(words: string, sizes: readonly number[], most: number, lines: number) {
  const tried = sizes.map((size) => ({ size, wrapped: wrap(words, { size, bold: true }, most) }));
  const fitting = tried.find(({ wrapped }) => wrapped.length === 1) ?? tried.at(-1)!;
  if (fitting.wrapped.length <= lines) return fitting;
  throw new Error(`share: too long for a picture: ${words}`);
}

const ICON =
  '<g transform="translate(72 56)"><rect width="64" height="64" rx="12" fill="#14508c"/><path d="M12 14l16 18-16 18" fill="none" stroke="#fff" stroke-width="8" stroke-linecap="round" stroke-linejoin="round"/><path d="M34 14l16 18-16 18" fill="none" stroke="#ffc247" stroke-width="8" stroke-linecap="round" stroke-linejoin="round"/></g>';

function draw({ heading, title, figure, days, cells, note }: Drawing): string {
  const inner = WIDTH - 2 * MARGIN;
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${INK.ground}"/>`,
    ICON,
    text(160, 102, `Tandem · ${heading}`, { size: 38, fill: INK.accent, bold: true }),
  ];
  const { size, wrapped } = fit(
    title,
    figure?.big && !days ? [46, 40, 36] : [76, 64, 54],
    inner,
    2,
  );
  let y = 150;
  if (figure && !days) {
    y += 150;
    parts.push(text(MARGIN, y, figure.big, { size: 150, bold: true }));
    y += 24;
  }
  for (const line of wrapped) {
    y += size * 1.2;
    parts.push(text(MARGIN, y, line, { size, bold: true }));
  }
  if (figure && days) {
    y += 130;
    parts.push(text(MARGIN, y, figure.big, { size: 110, bold: true, fill: INK.accent }));
    const at = MARGIN + widthOf(figure.big, { size: 110, bold: true }) + 40;
    parts.push(text(at, y, figure.small, { size: 40 }));
  }
  if (days) {
    parts.push(
      `<circle cx="${MARGIN + 12}" cy="499" r="12" fill="${INK.russia}"/>`,
      text(MARGIN + 44, 510, days.russia, { size: 32 }),
      `<rect x="${MARGIN}" y="545" width="24" height="24" fill="${INK.accent}"/>`,
      text(MARGIN + 44, 568, days.belarus, { size: 32 }),
    );
  }
  for (const [place, { column, status, word }] of cells.entries()) {
    const [wide, high, gap] = [518, 112, 20];
    const x = MARGIN + (place % 2) * (wide + gap);
    const top = 320 + Math.floor(place / 2) * (high + gap);
    const { fill, text: ink } = BOXES[status];
    const fitted = fit(word, [34, 28, 24, 20], wide - 48, 1);
    parts.push(
      `<rect x="${x}" y="${top}" width="${wide}" height="${high}" rx="8" fill="${fill}"/>`,
      text(x + 24, top + 42, column, { size: 26, fill: ink }),
      text(x + 24, top + 88, word, { size: fitted.size, bold: true, fill: ink }),
    );
  }
  parts.push(text(MARGIN, 606, note, { size: 22, fill: INK.russia }));
  return inSvg(parts.join(""));
}

function gapDrawing(words: Words, sector: string, { russia, belarus, days }: Gap): Drawing {
  const { t } = words;
  const count = Math.abs(days);
  const figure =
    days === 0
      ? { big: t("measures.one_day"), small: "" }
      : {
          big: t("measures.n_days", { count, n: words.number(count) }),
          small: t(days > 0 ? "measures.belarus_later" : "measures.belarus_first"),
        };
  return {
    heading: t("measures.title"),
    title: words.sector(sector),
    figure,
    days: {
      russia: `${words.column("EU", "RU")}: ${words.when(russia)}`,
      belarus: `${words.column("EU", "BY")}: ${words.when(belarus)}`,
    },
    cells: [],
    note: "",
  };
}

function statusDrawing(words: Words, sector: string, cells: readonly Cell[]): Drawing {
  const { t } = words;
  return {
    heading: t("measures.title"),
    title: words.sector(sector),
    figure: null,
    days: null,
    cells: cells.map(({ side, regime, status }) => ({
      column: words.column(side, regime),
      status,
      word: words.statusOf(status),
    })),
    note: t("measures.checked", { date: words.when(MEASURES.asOf) }),
  };
}

/** What stands on each picture of a language, by its sector; the table's own has none. */
function drawingsOf(locale: string): Map<string, Drawing> {
  const words = wordsOf(locale, {});
  const { t, number } = words;
  const { onOneDay, sectors } = inStep(MEASURES);
  const same = t("measures.of", { same: number(onOneDay), all: number(sectors) });
  const drawings = new Map<string, Drawing>([
    [
      "",
      {
        heading: t("measures.title"),
        title: t("measures.headline"),
        figure: { big: same, small: "" },
        days: null,
        cells: [],
        note: t("measures.checked", { date: words.when(MEASURES.asOf) }),
      },
    ],
  ]);
  const gaps = gapsOf(MEASURES);
  const none = { checks: [], changes: [] };
  const cells = cellsOf(MEASURES, none, { A: 1, B: 1, C: 1 }, 0);
  for (const sector of MEASURES.sectors) {
    const gap = gaps.find((one) => one.sector === sector && one.side === "EU");
    const own = cells.filter((cell) => cell.sector === sector);
    const drawing = gap ? gapDrawing(words, sector, gap) : statusDrawing(words, sector, own);
    drawings.set(sector, drawing);
  }
  return drawings;
}

/** Hashes of pictures by language and sector, as `share.ts` of the measures names their files. */
type Shares = Record<string, Record<string, string>>;

/** Draws what has not been drawn yet, and puts all into a folder. */
export function drawShares(locales: readonly string[], kept: string, folder: string): Shares {
  mkdirSync(kept, { recursive: true });
  mkdirSync(folder, { recursive: true });
  const source = readFileSync(import.meta.filename, "utf8");
  const used = new Set<string>();
  const shares = Object.fromEntries(
    locales.map((locale) => {
      const hashes = [...drawingsOf(locale)].map(([sector, drawing]) => {
        const key = createHash("sha256").update(source).update(JSON.stringify(drawing));
        const name = key.digest("hex");
        const file = path.join(kept, `${name}.png`);
        used.add(path.basename(file));
        if (!existsSync(file)) writeFileSync(file, render(drawing));
        const hash = name.slice(0, HASH_CHARACTERS);
        copyFileSync(file, path.join(folder, `${locale}-${sector || "all"}-${hash}.png`));
        return [sector, hash];
      });
      return [locale, Object.fromEntries(hashes) as Record<string, string>];
    }),
  );
  for (const file of readdirSync(kept)) if (!used.has(file)) rmSync(path.join(kept, file));
  return shares;
}

function render(drawing: Drawing): Uint8Array {
  const png = new Resvg(draw(drawing), { font: FONT }).render().asPng();
  if (png.length < LEAST_BYTES) throw new Error(`share: an empty picture: ${drawing.title}`);
  return png;
}
