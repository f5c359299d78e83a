import { describe, expect, test } from "vitest";
import { SECOND } from "../../src/lib/clock.ts";
import { emailFault } from "../../src/lib/email.ts";
import { isCountry } from "../../src/lib/countries.ts";
import { parliamentFor } from "../../src/recipients/parliaments/parliament.ts";
import type { Recipient } from "../../src/recipients/schema.ts";
import { directoryState } from "../../src/recipients/store.ts";
import { startSync, syncSlice } from "../../src/recipients/sync.ts";
import { harness, TestClock } from "../support/app.ts";
import { parliament as members, sources } from "../support/sources.ts";
import { assemblyAnswer, THREE } from "../support/third.ts";

const PEOPLE = 20;
const SENATORS = Array.from({ length: PEOPLE }, (_, place) => ({
  id: `A${String(place).padStart(6, "0")}`,
  first: "Ada",
  last: `Sample${place}`,
}));

type Fault = (request: number, url: URL) => Response | null;

/** Every source answers with `share` of its people; `fault` may answer in place of request n. */
function world(share = 1, fault: Fault = () => null) {
  const keep = <T>(all: T[]) => all.slice(0, Math.ceil(all.length * share));
  const official = sources(keep(members(PEOPLE)), keep(SENATORS));
  let asked = 0;
  const answer: typeof fetch = async (input, init) => {
    const url = new URL(String(input instanceof Request ? input.url : input));
    asked++;
    return fault(asked, url) ?? assemblyAnswer(url) ?? (await official.fetch(input, init));
  };
  return { fetch: answer, asked: () => asked };
}

describe.each(THREE.map((one) => [one.jurisdiction, one] as const))(
  "the source of %s",
  (jurisdiction, one) => {
    async function run(clock: TestClock, from: ReturnType<typeof world>) {
      const settings = { SYNC_PAGE: "10", SYNC_REQUESTS_PER_RUN: "7" };
      const h = harness(settings, { fetch: from.fetch, clock, parliaments: THREE });
      expect(await startSync(h.make(), one.source)).toBe(true);
      for (let at = 0; at < 500; at++) {
        if ((await syncSlice(h.make(), one.source)) === "idle") clock.advance(30 * SECOND);
        const states = await directoryState(h.make());
        const state = states.find(({ source }) => source === one.source)!;
        if (state.phase === "idle") return { h, state };
      }
      throw new Error("the sync does not end");
    }
    const published = async (h: Awaited<ReturnType<typeof run>>["h"]) => {
      const rows = await h.db
        .prepare("SELECT data FROM recipients WHERE source = ?1 AND left_on IS NULL ORDER BY id")
        .bind(one.source)
        .all<{ data: string }>();
      return rows.results.map(({ data }) => JSON.parse(data) as Recipient);
    };

    test("gives everybody, each as the parliament’s record says", async () => {
      const { h, state } = await run(new TestClock(), world());
      const people = await published(h);
      expect(state).toMatchObject({ alarm: null, publishedCount: people.length });
      expect(people.length).toBeGreaterThanOrEqual(10);
      for (const person of people) {
        expect(person.id.startsWith(`${one.source}-`), person.id).toBe(true);
        expect(person).toMatchObject({ source: one.source, jurisdiction });
        expect(Object.keys(one.texts.offices)).toContain(person.office);
        expect(isCountry(person.country)).toBe(true);
        expect(parliamentFor(THREE, person.country)?.jurisdiction).toBe(jurisdiction);
        if (one.regions) expect(Object.keys(one.regions.names)).toContain(person.state);
        else expect(person.state).toBeNull();
        expect(person.languages.length).toBeGreaterThan(0);
        if (person.email !== null) expect(emailFault(person.email)).toBeNull();
        if (person.form !== null) expect(person.form).toMatch(/^https:/);
        expect(person.familyName).not.toBe("");
      }
      expect(people.some((person) => person.bodies.length > 0)).toBe(true);
    });

    test("fails now and then, or says when to come back: the result is the same", async () => {
      const plain = await published((await run(new TestClock(), world())).h);
      await harness().db.batch(
        ["recipient_bodies", "recipients", "syncs", "staged_people"].map((table) =>
          harness().db.prepare(`DELETE FROM ${table}`),
        ),
      );
      const wait = { status: 429, headers: { "retry-after": "60" } };
      const shaken = world(1, (request) => {
        if (request % 3 === 1) return new Response("{}", { status: 503 });
        return request % 7 === 0 ? new Response("{}", wait) : null;
      });
      const { h, state } = await run(new TestClock(), shaken);
      expect(state.alarm).toBeNull();
      expect(await published(h)).toEqual(plain);
    });

    test.each([
      ["a challenge page", () => new Response("<html>", { status: 202 })],
      ["another shape", () => Response.json({ people: 1 })],
      ["half a JSON", () => new Response('[{"id')],
      ["a refusal", () => new Response("{}", { status: 403 })],
    ])(
      "answers with %s at any of its requests: an alarm, and nobody changes",
      async (_, answer) => {
        const clock = new TestClock();
        const first = world();
        const before = await published((await run(clock, first)).h);
        const requests = Math.min(first.asked(), 6);
        for (let bad = 1; bad <= requests; bad++) {
          const from = world(1, (request) => (request >= bad ? answer() : null));
          const { h, state } = await run(clock, from);
          expect(state.alarm, `request ${bad}`).not.toBeNull();
          expect(await published(h)).toEqual(before);
        }
      },
    );
  },
);
