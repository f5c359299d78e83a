import { expect, test } from "vitest";
import { MEASURES } from "../../src/measures/rules.ts";
import { harness } from "../support/app.ts";
import { ORIGIN } from "../support/bindings.ts";
import { putRecipients } from "../support/letters.ts";

interface Letter {
  body: string;
  facts: { id: string }[];
}

/** The address in a letter's line of sources. */
const linkIn = (body: string) => /https?:\/\/\S+/.exec(body)![0];

test("a letter’s line of sources leads to its own facts: each with its sentence, and to no other", async () => {
  const h = harness();
  await putRecipients(h.db);
  const topics = new Set<string>();
  for (const topic of ["diamonds", "kristall", "potash", "banks", "renewal", "resolutions"]) {
    const answer = await h.post("/api/v1/campaigns/in-step/letters/preview", {
      recipients: ["de-1"],
      country: "DE",
      topics: [topic],
      locale: "en",
    });
    const { letters } = await answer.json<{ letters: Letter[] }>();
    const { body, facts } = letters[0]!;
    const link = linkIn(body);
    expect(link.startsWith(`${ORIGIN}/en/measures/facts/`), link).toBe(true);
    const html = await (await h.get(new URL(link).pathname)).text();
    const shown = [...html.matchAll(/class="status claim[^"]*" id="([^"]+)"/g)].map(
      (one) => one[1]!,
    );
    expect(new Set(shown), topic).toEqual(new Set(facts.map(({ id }) => id)));
    expect(shown, topic).toHaveLength(facts.length);
    for (const { id } of facts) {
      const claim =
        MEASURES.facts.find((one) => one.id === id)?.text ??
        MEASURES.measures.find((one) => one.id === id)!.act!;
      expect(html, id).toContain(claim);
    }
    topics.add(shown.join());
  }
  expect(topics.size).toBeGreaterThan(4);
});
