import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../src/lib/clock.ts";
import { releaseLetters } from "../../src/letters/release.ts";
import { startSyncs, syncSlice } from "../../src/recipients/sync.ts";
import { LOCALES } from "../../src/ui/i18n.ts";
import { PARLIAMENTS } from "../../src/recipients/parliaments/index.ts";
import { harness, inbox, type Harness } from "../support/app.ts";
import { NOTE, sending, signedIn } from "../support/letters.ts";
import { owner } from "../support/organizers.ts";
import { sources } from "../support/sources.ts";
import { assemblyAnswer, assetsWithAssembly, THREE } from "../support/third.ts";

/** The project with a third parliament in it, whose directory has been read. */
async function withThird(): Promise<Harness> {
  const official = sources([]);
  const outside = fetch;
  const h = harness(
    { SYNC_TRIES: "1" },
    {
      parliaments: THREE,
      assets: assetsWithAssembly((path) => harness().make().assets(path)),
      fetch: async (input, init) => {
        const url = new URL(String(input instanceof Request ? input.url : input));
        const known = assemblyAnswer(url) ?? (await official.fetch(input, init));
        return known.status === 404 ? outside(input, init) : known;
      },
    },
  );
  expect(await startSyncs(h.make())).toContain("as");
  while ((await syncSlice(h.make(), "as")) === "worked") h.clock.advance(SECOND);
  return h;
}

async function writeToAssembly(h: Harness, who: Record<string, string>) {
  const page = await h.request("/organize/in-step/settings", { headers: who });
  const html = await page.text();
  expect(html).toContain('name="toASSEMBLY"');
  const fields = Object.fromEntries(
    [...html.matchAll(/<(?:input|select)[^>]*name="(\w+)"[^>]*value="([^"]*)"/g)].map(
      ([, name, value]) => [name!, value!],
    ),
  );
  const answer = await h.form(
    "/organize/in-step/settings",
    { ...fields, asksName: "", asksUpdates: "", toASSEMBLY: "yes", contact: "a@b.example" },
    who,
  );
  expect(answer.status).toBe(303);
}

describe("a third parliament, by its record and its source alone", () => {
  test("is read, chosen by a campaign, listed, written to by its own people, in its kit and hours", async () => {
    const h = await withThird();
    const who = await owner(h);
    const lookup = "/api/v1/campaigns/in-step/recipients?country=IS";
    const before = await h.get(lookup);
    expect((await before.json<{ recipients: unknown[] }>()).recipients).toEqual([]);
    await writeToAssembly(h, who);
    const listed = await h.get(lookup);
    const { recipients, attribution } = await listed.json<{
      recipients: { id: string }[];
      attribution: { source: string }[];
    }>();
    expect(recipients).toHaveLength(12);
    expect(recipients[0]).toMatchObject({ jurisdiction: "ASSEMBLY", office: "deputy" });
    expect(attribution.map(({ source }) => source)).toContain("The Assembly’s open list");

    const preview = (country: string) =>
      h.post("/api/v1/campaigns/in-step/letters/preview", { recipients: ["as-m1"], country });
    expect((await preview("DE")).status).toBe(422);
    const own = await preview("IS");
    const { letters } = await own.json<{ letters: { locale: string; body: string }[] }>();
    expect(letters[0]).toMatchObject({ locale: "en" });
    expect(letters[0]!.body).toContain("Dear Jóna Dæmi1,");

    const desk = await h.form("/en/in-step/letters", { country: "IS" });
    const html = await desk.text();
    expect(html).toContain("Jóna Dæmi");
    expect(html).toContain("Deputy");
  });

  test("gets letters within its own offices’ hours", async () => {
    const h = await withThird();
    await writeToAssembly(h, await owner(h));
    await h.db.prepare("UPDATE campaigns SET server_letters = 1").run();
    const monday = Date.parse("2026-11-30T09:00:00Z");
    h.clock.time = monday - MINUTE;
    const { session } = await signedIn(h, "jon@example.com", "IS");
    const letter = { ...sending(session, { note: NOTE }), country: "IS", recipients: ["as-m1"] };
    h.clock.time = monday;
    expect((await h.post("/api/v1/campaigns/in-step/letters", letter)).status).toBe(202);
    await releaseLetters(h.make());
    await h.deliver();
    expect(await inbox("m1@assembly.example")).toHaveLength(0);
    h.clock.time = Date.parse("2026-11-30T11:59:00Z");
    await releaseLetters(h.make());
    await h.deliver();
    expect(await inbox("m1@assembly.example")).toHaveLength(1);
  });
});

test("the offices of every parliament that is shipped have a name in every language", () => {
  for (const { texts } of PARLIAMENTS) {
    expect(texts.room.length).toBeGreaterThan(5);
    for (const [office, names] of Object.entries(texts.offices)) {
      for (const locale of LOCALES) {
        expect(Object.keys(names), `${office} in ${locale}`).toContain(locale);
      }
    }
  }
});
