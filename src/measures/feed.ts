import { escapeHtml } from "../lib/html.ts";
import { LICENCE } from "./json.ts";
import { nameOf } from "./pages.tsx";
import type { Matrix } from "./read.ts";
import type { ClaimTexts } from "./texts.ts";
import { wordsOf } from "./words.ts";

/** Entries of the feed; older ones are on the page of their sector. */
const MOST = 50;

/** The changes as an Atom feed (RFC 4287), in one language. */
export function changesFeed(
  matrix: Matrix,
  texts: ClaimTexts,
  { origin, locale }: { origin: string; locale: string },
): string {
  const words = wordsOf(locale, texts);
  const { t } = words;
  const page = `${origin}/${locale}/measures`;
  // A tag (RFC 4151) stays when the address of a page does not.
  const tag = (id: string) => `tag:${new URL(origin).hostname},2026:measures/${locale}/${id}`;
  const moment = (day: string) => `${day}T00:00:00Z`;
  const text = (name: string, value: string) => `<${name}>${escapeHtml(value)}</${name}>`;
  const entries = matrix.entries.slice(0, MOST).map((entry) => {
    const cell = matrix.cells.find(({ id }) => id === entry.measure);
    const act = entry.change ? words.because(entry.change) : cell && words.act(cell);
    const address = cell ? `${page}/${cell.sector}#${cell.id}` : `${page}#${entry.measure}`;
    return [
      "<entry>",
      text("title", `${nameOf(entry, matrix, words)}: ${words.kind(entry)}`),
      text("id", tag(entry.id)),
      `<link href="${escapeHtml(address)}"/>`,
      text("updated", moment(entry.day)),
      `<summary>${escapeHtml([words.when(entry.when), act?.text].filter(Boolean).join(". "))}</summary>`,
      "</entry>",
    ].join("");
  });
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${locale}">`,
    text("title", `${t("measures.title")}: ${t("measures.changes")}`),
    text("id", tag("changes")),
    `<link rel="self" type="application/atom+xml" href="${escapeHtml(`${page}.atom`)}"/>`,
    `<link rel="alternate" type="text/html" href="${escapeHtml(page)}"/>`,
    `<link rel="license" href="${LICENCE.url}"/>`,
    text("rights", LICENCE.name),
    text("updated", moment(matrix.entries[0]?.day ?? matrix.asOf)),
    `<author>${text("name", t("site.name"))}</author>`,
    ...entries,
    "</feed>",
    "",
  ].join("\n");
}
