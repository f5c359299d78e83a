import { parse } from "yaml";

/** Splits a template into its front matter (YAML) and its Markdown. */
export function splitFrontMatter(source: string): { data: Record<string, string>; body: string } {
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source.replaceAll("\r\n", "\n"));
  if (!match) throw new Error("a template begins with front matter between lines of ---");
  return { data: parse(match[1]!) as Record<string, string>, body: match[2]!.trim() };
}

const HOLE = /\{([a-zA-Z_]+)\}/g;

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
