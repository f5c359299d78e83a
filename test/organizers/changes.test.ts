import { describe, expect, test } from "vitest";
import { harness, type Harness } from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { member, owner } from "../support/organizers.ts";

type Who = Record<string, string>;
const OPERATOR = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
const CELL = "potash-eu-by";
const SOURCE = "https://law.example/changed";
const CHANGE = {
  status: "eased",
  since: "2026-11-20",
  because: "The Council took Belaruskali off its list",
  grade: "A",
  source: SOURCE,
};

const text = async (answer: Response | Promise<Response>) => (await answer).text();
const say = (h: Harness, who: Who, more: Record<string, string> = {}, cell = CELL) =>
  h.form(`/organize/facts/${cell}/source`, { act: "change", ...CHANGE, ...more }, who);
const waiting = (h: Harness) => h.db.prepare("SELECT id FROM source_proposals").first<string>("id");

async function otherOwner(h: Harness): Promise<Who> {
  const other = await owner(h, "other@example.org");
  await h.form("/organize/campaigns", { slug: "other-one" }, other);
  return other;
}

/** The cell as everybody sees it. */
async function cellNow(h: Harness, id = CELL) {
  const json = await (
    await h.get("/api/v1/measures")
  ).json<{ measures: Record<string, unknown>[]; changes: { kind: string }[] }>();
  return { ...json.measures.find((one) => one["id"] === id)!, changes: json.changes };
}

describe("“changed, because”", () => {
  test("changes nothing that is public on one owner’s word, nor on an organizer’s", async () => {
    const h = harness();
    const who = await owner(h);
    const before = await cellNow(h);
    expect((await say(h, await member(h, "organizer"))).status).toBe(403);
    expect((await say(h, who)).status).toBe(303);
    expect(await cellNow(h)).toEqual(before);
    const proposal = (await waiting(h))!;
    const own = await h.form(`/organize/facts/${CELL}/source`, { act: "confirm", proposal }, who);
    expect(own.status).toBe(403);
    const { source, ...changed } = CHANGE;
    const api = await h.post(`/organize/api/measures/${CELL}/checks`, { source, changed }, who);
    expect([api.status, (await api.json<{ code: string }>()).code]).toEqual([
      403,
      "fact.source_needs_two",
    ]);
    expect(await cellNow(h)).toEqual(before);
  });

  test("stands on the table, in the feed and in the data once an owner of another campaign says so, and letters stop resting on what it was", async () => {
    const h = harness();
    h.clock.time = Date.parse("2026-11-26T12:00:00Z");
    const who = await owner(h);
    const other = await otherOwner(h);
    await say(h, who);
    const room = await text(h.request("/organize/facts", { headers: other }));
    expect(room).toContain("Eased, or easing announced. The Council took Belaruskali off its list");
    const press = { act: "confirm", proposal: (await waiting(h))! };
    expect((await h.form(`/organize/facts/${CELL}/source`, press, other)).status).toBe(303);
    expect((await h.form(`/organize/facts/${CELL}/source`, press, other)).status).toBe(409);

    const cell = await cellNow(h);
    expect(cell).toMatchObject({
      status: "eased",
      since: "2026-11-20",
      act: CHANGE.because,
      grade: "A",
      source: SOURCE,
      checkedOn: "2026-11-26",
      // The Council's word was the act before.
      author: null,
    });
    expect(cell.changes[0]).toMatchObject({ kind: "recorded", measure: CELL });
    // Who recorded it is nobody else's.
    const shown = JSON.stringify(cell);
    const organizers = await h.db.prepare("SELECT id FROM organizers").all<{ id: string }>();
    for (const { id } of organizers.results) expect(shown).not.toContain(id);

    const page = await text(h.get("/de/measures"));
    expect(page).toContain(`<span lang="en">${CHANGE.because}</span>`);
    expect(page).toContain('<time datetime="2026-11-20">20. November 2026</time>');
    const feed = await text(h.get("/de/measures.atom"));
    expect(/<entry>.*?<\/entry>/.exec(feed)![0]).toContain(CHANGE.because);

    const told = await text(h.request("/organize/facts", { headers: who }));
    expect(told).toContain("No letter rests on what it was");
    const review = await (
      await h.request("/organize/api/measures", { headers: OPERATOR })
    ).json<{ notOffered: string[] }>();
    expect(review.notOffered).toContain("potash");

    const { results } = await h.db
      .prepare("SELECT act FROM audit WHERE act LIKE 'fact.%' ORDER BY act")
      .all();
    expect(results.map(({ act }) => act)).toEqual([
      "fact.change_confirmed",
      "fact.change_proposed",
      "fact.changed",
    ]);
  });

  test("is the operator’s to record alone, and to undo", async () => {
    const h = harness();
    h.clock.time = Date.parse("2026-11-26T12:00:00Z");
    const path = `/organize/api/measures/${CELL}/checks`;
    const { source, ...changed } = CHANGE;
    expect((await h.post(path, { changed }, OPERATOR)).status).toBe(422);
    expect((await h.post(path, { source, changed }, OPERATOR)).status).toBe(204);
    expect(await cellNow(h)).toMatchObject({ status: "eased" });
    h.clock.advance(24 * 3_600_000);
    const back = { status: "as_before", because: "That was a mistake", grade: "A" };
    expect((await h.post(path, { source, changed: back }, OPERATOR)).status).toBe(204);
    expect(await cellNow(h)).toMatchObject({ status: "in_force", since: "2022-06-03" });
  });

  test("of one day counts as it was recorded last", async () => {
    const h = harness();
    h.clock.time = Date.parse("2026-11-26T12:00:00Z");
    const path = `/organize/api/measures/${CELL}/checks`;
    for (let turn = 0; turn < 6; turn++) {
      for (const [status, now] of [
        ["eased", "eased"],
        ["as_before", "in_force"],
      ]) {
        const changed = { status, because: "Looked at again", grade: "A" };
        expect((await h.post(path, { source: SOURCE, changed }, OPERATOR)).status).toBe(204);
        expect(await cellNow(h)).toMatchObject({ status: now });
      }
    }
  });

  test("may fill a cell that nobody had gathered", async () => {
    const h = harness();
    h.clock.time = Date.parse("2026-11-26T12:00:00Z");
    const changed = { status: "in_force", since: "2022-06", because: "Gold banned", grade: "B" };
    const sent = { source: SOURCE, changed };
    const answer = await h.post("/organize/api/measures/gold-us-ru/checks", sent, OPERATOR);
    expect(answer.status).toBe(204);
    expect(await cellNow(h, "gold-us-ru")).toMatchObject({ status: "in_force", since: "2022-06" });
    expect(await text(h.get("/en/measures"))).toContain("Gold banned");
    const bare = await h.post(
      "/organize/api/measures/gold-us-by/checks",
      { source: SOURCE },
      OPERATOR,
    );
    expect(bare.status).toBe(404);
  });

  test("says what is wrong and keeps what was typed", async () => {
    const h = harness();
    const who = await owner(h);
    const page = await text(h.request(`/organize/facts/${CELL}`, { headers: who }));
    expect(page).toContain("EU on Belarus: Belaruskali and Belarusian Potash Company frozen");
    expect(page).not.toContain('value="no_longer"');
    for (const wrong of [
      { since: "last week" },
      { since: "2026-13" },
      { because: " " },
      { because: "x".repeat(401) },
      { source: "http://law.example" },
      { status: "no_longer" },
      { grade: "D" },
    ] as Record<string, string>[]) {
      const answer = await say(h, who, { because: "Kept as typed", ...wrong });
      expect(answer.status, JSON.stringify(wrong)).toBe(422);
      const html = await answer.text();
      expect(html, JSON.stringify(wrong)).toContain('role="alert"');
      if (!wrong["because"]) expect(html).toContain('value="Kept as typed"');
    }
    expect(await waiting(h)).toBeNull();
    expect((await say(h, who, { status: "eased" }, "renewal")).status).toBe(422);
    const fact = await text(h.request("/organize/facts/renewal", { headers: who }));
    expect(fact).toContain('value="no_longer"');
    expect((await h.request("/organize/facts/nonsense", { headers: who })).status).toBe(404);
  });

  test("shows no markup that was typed", async () => {
    const h = harness();
    h.clock.time = Date.parse("2026-11-26T12:00:00Z");
    const because = '<img src=x onerror="alert(1)"> ]]> & more';
    const changed = { status: "eased", because, grade: "B" };
    await h.post(`/organize/api/measures/${CELL}/checks`, { source: SOURCE, changed }, OPERATOR);
    for (const path of ["/en/measures", "/en/measures/potash", "/en/measures.atom"]) {
      const shown = await text(h.get(path));
      expect(shown, path).not.toContain("<img src=x");
      expect(shown, path).toContain("&lt;img src=x");
    }
  });
});
