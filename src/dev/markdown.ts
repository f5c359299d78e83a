import { Marked } from "marked";
import { parse } from "yaml";

/** Splits a template into its front matter (YAML) and its Markdown. */
export function splitFrontMatter(source: string): { data: Record<string, string>; body: string } {
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source.replaceAll("\r\n", "\n"));
  if (!match) throw new Error("a template begins with front matter between lines of ---");
  return { data: parse(match[1]!) as Record<string, string>, body: match[2]!.trim() };
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (char) => escapes[char]!);
const HOLE = /\{([a-zA-Z_]+)\}/g;

const marked = new Marked({
  gfm: true,
  renderer: {
    // Raw HTML in a text is shown as text.
    html: ({ text }) => escapeHtml(text),
    link({ href, tokens }) {
      const inner = this.parser.parseInline(tokens);
      return /^(https:|mailto:|hole:)/.test(href)
        ? `<a href="${escapeHtml(href.replace(/^hole:(\w+)$/, "{$1}"))}">${inner}</a>`
        : inner;
    },
    image: ({ text }) => escapeHtml(text),
  },
});

/** Markdown to HTML: raw HTML off, only https and mailto links. Holes `{name}` stay, also as links. */
export function markdownToHtml(source: string): string {
  const html = marked.parse(source.replace(/\]\(\{(\w+)\}\)/g, "](hole:$1)"), { async: false });
  return html.replace(/&#39;/g, "’").trim();
}

/** The plain-text form of a mail: links are written out, emphasis is dropped. */
export function markdownToText(source: string): string {
  return (
    source
      // No full stop behind an address: mail programs would take it in.
      .replace(/\[([^\]]+)\]\(([^)]+)\)\.?/g, "$1:\n$2")
      .replace(/\*\*([^*]+)\*\*/g, "    $1")
      .replace(/^\*([^*]+)\*$/gm, "$1")
      .trim()
  );
}

/** Fills holes with texts. Throws for a hole that has no value: nothing half-made is published. */
export function fillHoles(source: string, values: Record<string, string>): string {
  return source.replace(HOLE, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {${name}}`);
    return value;
  });
}
