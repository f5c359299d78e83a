import { base64url, blob, hex } from "../../src/lib/bytes.ts";
import { openRow, readOpener } from "../../src/signatures/unseal.ts";
import { askAndRead, confirmWith, type Harness } from "./app.ts";
import { TEST_KEY } from "./bindings.ts";

/** What an organizer's browser hands over of one reader. */
export interface Handed {
  id: string;
  ticket: string;
  email: string;
  locale: string;
}

/** Signs, confirms and asks for news as so many people. */
export async function askForUpdates(h: Harness, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const over = { email: `reader-${at}@example.com`, locale: "pl", updates: true };
    await confirmWith(h, await askAndRead(h, over));
  }
}

/** Opens the seals of a campaign as an organizer's browser does, in the order of addresses. */
export async function openForUpdates(h: Harness): Promise<Handed[]> {
  const { results } = await h.db
    .prepare(`SELECT id, sealed FROM signatures WHERE sealed IS NOT NULL`)
    .all<{ id: ArrayBuffer; sealed: ArrayBuffer }>();
  const opener = await readOpener({ format: "tandem-key/1", campaign: "in-step", ...TEST_KEY });
  const opened = await Promise.all(
    results.map(async ({ id, sealed }) => {
      const row = { id: hex(blob(id)), sealed: hex(blob(sealed)), second: null };
      const answer = await openRow(opener, "in-step", row);
      if (!answer.ok) throw new Error(answer.why);
      const { email, locale, ticket } = answer.text;
      return { id: base64url(blob(id)), ticket, email, locale };
    }),
  );
  return opened
    .filter(({ email }) => email !== "")
    .toSorted((a, b) => a.email.localeCompare(b.email));
}
