import { describe, expect, test } from "vitest";
import { seeded } from "../../src/dev/resend/faults.ts";
import { isTooNested, markdownToHtml } from "../../src/lib/markdown.ts";
import { ATTACKS } from "../support/attacks.ts";

/** Elements that Markdown may become, with the attributes that each may have. */
const ALLOWED: Record<string, RegExp> = {
  ...Object.fromEntries(
    "p h1 h2 h3 h4 h5 h6 ul li strong em code pre del blockquote hr br table thead tbody tr"
      .split(" ")
      .map((name) => [name, /^$/]),
  ),
  ol: /^( start="\d+")?$/,
  th: /^( align="(left|right|center)")?$/,
  td: /^( align="(left|right|center)")?$/,
  a: /^ href="(https:|mailto:)[^"<>]*"$/,
  input: /^( (checked|disabled|type)="(checkbox)?")*\/?$/,
};

/** What of this HTML no text of ours could have become: foreign tags, attributes, loose brackets. */
async function foreign(html: string): Promise<string[]> {
  const found: string[] = [];
  // The parser that workerd brings sees tags as a browser does.
  await new HTMLRewriter()
    .on("*", {
      element(element) {
        const attributes = [...element.attributes].map(([name, value]) => ` ${name}="${value}"`);
        const rule = ALLOWED[element.tagName];
        if (!rule?.test(attributes.join("")))
          found.push(`${element.tagName}${attributes.join("")}`);
      },
    })
    .onDocument({ comments: (comment) => void found.push(`comment ${comment.text}`) })
    .transform(new Response(html))
    .text();
  return found;
}

describe("Markdown of an organizer", () => {
  test.each(ATTACKS)("%j becomes no element that Markdown does not have", async (attack) => {
    for (const text of [
      attack,
      `**a** ${attack} b`,
      `- ${attack}`,
      `> ${attack}`,
      `| ${attack} |\n|-|\n| x |`,
    ]) {
      expect(await foreign(markdownToHtml(text)), text).toEqual([]);
    }
  });

  test("of 3,000 random texts made of such pieces none does", async () => {
    const random = seeded(20261125);
    const pieces = [
      ...ATTACKS,
      "**",
      "_",
      "`",
      "~~",
      "[",
      "](",
      ")",
      "<",
      ">",
      "&",
      "\n",
      "\n\n",
      "- ",
      "> ",
      "|",
      "\\",
    ];
    const texts = Array.from({ length: 3_000 }, () =>
      Array.from({ length: 25 }, () => pieces[Math.floor(random() * pieces.length)]!).join(""),
    );
    const htmls = texts.map(markdownToHtml);
    // Together first: one walk is enough where nothing is wrong.
    expect(await foreign(htmls.join("\n"))).toEqual([]);
  });

  test("shows what was typed: brackets, entities and code stay readable", () => {
    expect(markdownToHtml("a < b & c > d, AT&T, &amp; and `<b>`")).toBe(
      "<p>a &lt; b &amp; c &gt; d, AT&amp;T, &amp; and <code>&lt;b&gt;</code></p>",
    );
    expect(markdownToHtml("<kbd>Ctrl</kbd> **bold**")).toBe(
      "<p>&lt;kbd&gt;Ctrl&lt;/kbd&gt; <strong>bold</strong></p>",
    );
    expect(markdownToHtml("[us](https://a.example/?x=1&y=2) and [you](mailto:a@b.example)")).toBe(
      '<p><a href="https://a.example/?x=1&amp;y=2">us</a> and <a href="mailto:a@b.example">you</a></p>',
    );
  });

  test.each([
    ["3,000 quotes in each other", ">".repeat(3_000)],
    [
      "a staircase of lists",
      Array.from({ length: 300 }, (_, at) => `${" ".repeat(at)}- a`).join("\n"),
    ],
    ["20,000 stars in a paragraph", "*a ".repeat(20_000)],
    [
      "a table of 1,000 columns",
      `${"|a".repeat(1_000)}\n${"|-".repeat(1_000)}\n${"|\n".repeat(9_000)}`,
    ],
    ["an item of 30,000 lines", `- a\n${"b\n".repeat(30_000)}`],
    ["an address of 60,000 dots", `https://a.example/${"?!.,".repeat(15_000)}`],
    ["a hundred paragraphs of marks", `${"*a ".repeat(500)}\n\n`.repeat(40)],
    ["30,000 underscores in a paragraph", "_a".repeat(30_000)],
  ])("%s: not parsed, and nothing breaks", (_, text) => {
    expect(isTooNested(text)).toBe(true);
    expect(markdownToHtml(text)).toMatch(/^<pre>/);
  });

  test("a table of many rows does not grow beyond what a page can hold", () => {
    const source = `${"|a".repeat(12)}\n${"|-".repeat(12)}\n${"|\n".repeat(900)}`;
    expect(isTooNested(source)).toBe(false);
    const html = markdownToHtml(source);
    expect(html.length).toBeLessThan(60_000);
  });
});
