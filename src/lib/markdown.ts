import { Marked } from "marked";
import { escapeHtml } from "./html.ts";

function renderer(holes: boolean): Marked {
  return new Marked({
    gfm: true,
    renderer: {
      // Raw HTML in a text is shown as text.
      html: ({ text }) => escapeHtml(text),
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const allowed = holes ? /^(https:|mailto:|hole:\w+$)/ : /^(https:|mailto:)/;
        return allowed.test(href)
          ? `<a href="${escapeHtml(href).replace(/^hole:(\w+)$/, "{$1}")}">${inner}</a>`
          : inner;
      },
      image: ({ text }) => escapeHtml(text),
    },
  });
}

const plain = renderer(false);
const withHoles = renderer(true);

/** Markdown of an organizer to HTML: raw HTML off, only https and mailto links. */
export function markdownToHtml(source: string): string {
  return plain.parse(source, { async: false }).trim();
}

/** The same for the project's own templates, in which holes `{name}` stay, also as links. */
export function templateToHtml(source: string): string {
  const html = withHoles.parse(source.replace(/\]\(\{(\w+)\}\)/g, "](hole:$1)"), { async: false });
  return html.replace(/&#39;/g, "’").trim();
}
