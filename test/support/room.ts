import type { Harness } from "./app.ts";

/** What the form of a campaign’s settings holds for this person, as a browser would send it. */
export async function settingsOf(
  h: Harness,
  who: Record<string, string>,
): Promise<Record<string, string>> {
  const html = await (await h.request("/organize/in-step/settings", { headers: who })).text();
  const fields: Record<string, string> = {};
  for (const [tag] of html.slice(html.indexOf("<main")).matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    if (!name || (/type="checkbox"/.test(tag) && !/checked/.test(tag))) continue;
    fields[name] = /value="([^"]*)"/.exec(tag)?.[1] ?? "";
  }
  for (const [, name, value] of html.matchAll(
    /<textarea[^>]*name="([^"]+)"[^>]*>([\s\S]*?)<\/textarea>/g,
  )) {
    fields[name!] = value!.trim();
  }
  return fields;
}
