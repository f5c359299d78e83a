import { Marked } from "marked";
import { escapeHtml } from "./html.ts";

/** Raises with each change of what Markdown becomes: HTML that an older one made is made anew. */
export const RENDERER = 2;

/** Quotes and lists inside each other; the parser recurses once for each. */
const DEEPEST = 12;
/** Marks of emphasis in one paragraph and in all; the parser's time grows with their square. */
const MOST_MARKS = 600;
const MOST_MARKS_IN_ALL = 4_000;
/** Columns of a table: each of its rows is filled up to them. */
const MOST_COLUMNS = 12;
/** Lines without an empty one between them, and characters without a space. */
const MOST_LINES = 1_000;
const LONGEST_WORD = 2_000;
/** Characters of HTML for each of Markdown, beside a table's first ones. */
const MOST_GROWTH = 8;
const LEAST_ROOM = 20_000;

function renderer(holes: boolean): Marked {
  return new Marked({
    gfm: true,
    renderer: {
      // Raw HTML in a text is shown as text.
      html: ({ text }) => escapeHtml(text),
      // After an inline <kbd>, <code>, <pre> or <script> the parser holds text for escaped already.
      text(token) {
        return "tokens" in token && token.tokens
          ? this.parser.parseInline(token.tokens)
          : escapeHtml(token.text).replace(/&amp;(?=#?\w{1,31};)/g, "&");
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const allowed = holes ? /^(https:|mailto:|hole:\w+$)/ : /^(https:|mailto:)/;
        return allowed.test(href)
          ? `<a href="${escapeHtml(href).replace(/^hole:(\w+)$/, "{$1}")}">${inner}</a>`
          : inner;
      },
      image: ({ text }) => escapeHtml(text),
      code: ({ text }) => `<pre><code>${escapeHtml(text)}\n</code></pre>\n`,
    },
  });
}

const plain = renderer(false);
const withHoles = renderer(true);

function depthOf(line: string): number {
  const marks = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]))+/.exec(line)?.[0] ?? "";
  const indent = /^[ \t]*/.exec(line)![0].replaceAll("\t", "    ").length;
  return (marks.match(/>|[-*+]|\d+[.)]/g)?.length ?? 0) + Math.floor(indent / 2);
}

const marksIn = (text: string) => text.match(/[*_~]+/g)?.length ?? 0;

/** Whether a text is built as nobody reads it, and would take the parser long. */
export function isTooNested(source: string): boolean {
  const lines = source.split("\n");
  const parts = source.split(/\n[ \t]*\n/);
  return (
    lines.some((line) => depthOf(line) > DEEPEST || line.split("|").length > MOST_COLUMNS + 2) ||
    parts.some((part) => marksIn(part) > MOST_MARKS || part.split("\n").length > MOST_LINES) ||
    marksIn(source) > MOST_MARKS_IN_ALL ||
    source.split(/\s/).some((word) => word.length > LONGEST_WORD)
  );
}

/**
 * Markdown of an organizer to HTML: raw HTML off, only https and mailto links. A text that the parser
 * cannot take is shown as it was typed.
 */
export function markdownToHtml(source: string): string {
  if (isTooNested(source)) return asTyped(source);
  try {
    const html = plain.parse(source, { async: false }).trim();
    return html.length > MOST_GROWTH * source.length + LEAST_ROOM ? asTyped(source) : html;
  } catch {
    return asTyped(source);
  }
}

const asTyped = (source: string) => `<pre>${escapeHtml(source)}</pre>`;

/** The same for the project's own templates, in which holes `{name}` stay, also as links. */
export function templateToHtml(source: string): string {
  const html = withHoles.parse(source.replace(/\]\(\{(\w+)\}\)/g, "](hole:$1)"), { async: false });
  return html.replace(/&#39;/g, "’").trim();
}
