import { expect, test } from "vitest";
import { SECOND } from "../../src/lib/clock.ts";
import { mailStatements } from "../../src/mail/enqueue.ts";
import { confirmationMail } from "../../src/signatures/mails.ts";
import { harness, type Harness } from "../support/app.ts";

/** The free plan of Resend: ten of its hundred are kept for sign-in. */
const FREE = { MAIL_PER_DAY: "100", MAIL_PER_MONTH: "3000" };

/** Asks that wait without a proof, the day's mails used up. */
async function waiting(h: Harness, count: number, email: (at: number) => string): Promise<void> {
  const envelope = { campaign: "in-step", country: "PL", locale: "en", consentVersion: "2026-11" };
  const rest = { careful: false, updates: false, ref: null, words: ["ladder river"] };
  const mails = Array.from({ length: count }, (_, at) => ({
    lane: "plain" as const,
    envelope: { ...envelope, ...rest, email: email(at) },
  }));
  await h.db.batch(await mailStatements(h.make(), confirmationMail, mails));
}

const useUp = (h: Harness) =>
  h.db
    .prepare("UPDATE mail_load SET used_today = 100, day = ?1")
    .bind(new Date(h.clock.now()).toISOString().slice(0, 10))
    .run();

const page = async (h: Harness, locale = "en") => (await h.get(`/${locale}/in-step`)).text();

test("a page says nothing of a day while mail leaves at once", async () => {
  expect(await page(harness(FREE))).not.toContain("as things stand");
  expect(await page(harness(FREE))).not.toContain("used up");
});

test("a page tells the day before anything is typed, in every language, to the careful too", async () => {
  const h = harness(FREE);
  await useUp(h);
  expect(await page(h)).toContain("leaves on November 24, 2026, in the careful way too.");
  for (const locale of ["be", "de", "fr", "lt", "pl", "ru"]) {
    const text = await page(harness(FREE, { clock: h.clock }), locale);
    expect(text, locale).toMatch(/<p class="note">[^<]*(24[^<]*2026|2026[^<]*24)/);
  }
});

test("a heap at one provider makes it a span: whoever is at another is before it", async () => {
  const h = harness(FREE);
  await useUp(h);
  await waiting(h, 5_000, (at) => `x${at}@gmail.com`);
  const text = await page(h);
  expect(text).toContain("between November 24, 2026 and November 26, 2026");
  expect(text).toContain("The next page tells the day.");
});

test("where nobody's mail would leave in time, the page says so before anything is typed", async () => {
  const h = harness({ ...FREE, MAIL_PER_MONTH: "2000" });
  await useUp(h);
  await h.db.prepare("UPDATE mail_load SET used_month = 3000, month = '2026-11'").run();
  const text = await page(h);
  expect(text).toContain("a new one would leave on December 1, 2026 at the earliest");
});

test("a thousand readers cost one look in so many seconds", async () => {
  let looks = 0;
  const { db } = harness().make();
  const counting = new Proxy(db, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string) => {
          if (/mail_load|mail_queues/.test(sql)) looks += 1;
          return target.prepare(sql);
        };
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const h = harness({ ...FREE, LANE_LOOK_MS: String(10 * SECOND) }, { db: counting });
  await useUp(h);
  looks = 0;
  for (let reader = 0; reader < 20; reader++) await page(h);
  expect(looks).toBe(2);
  h.clock.advance(10 * SECOND);
  await page(h);
  expect(looks).toBe(4);
});
