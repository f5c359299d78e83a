import type { Deps } from "../deps.ts";
import { markdownToHtml } from "../lib/markdown.ts";
import { findStaleTexts, replaceHtml } from "./store.ts";

/** Makes anew, some at a time, the HTML of texts that an older renderer made. */
export async function renderStaleTexts(deps: Deps): Promise<void> {
  for (const { markdown, ...text } of await findStaleTexts(deps)) {
    await replaceHtml(deps, { ...text, html: markdownToHtml(markdown) });
  }
}
