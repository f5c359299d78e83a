import { HOUR } from "../../src/lib/clock.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
import { describe, expect, test } from "vitest";
import { openerOf, openWith } from "../../src/lib/sealing.ts";
import { fromBase64url, blob } from "../../src/lib/bytes.ts";
import { sealContext } from "../../src/signatures/sealed.ts";
import { TEST_KEY } from "../support/bindings.ts";
import { asking, askAndRead, confirmWith, harness } from "../support/app.ts";
import { everything, recording } from "../support/db.ts";

const SIGN = "/api/v1/campaigns/in-step/signatures";

const testOpener = () =>
  openerOf(fromBase64url(TEST_KEY.privateKey)!, fromBase64url(TEST_KEY.publicKey)!);

describe("what is kept of a signer", () => {
  test("neither the address nor the name can be found in the database, at any step", async () => {
    const h = harness();
    const email = "hidden.signer@example.org";
    const name = "Zuzanna Ukryta";
    const look = async (step: string) => {
      const all = await everything(h.db);
      expect(all.length, step).toBeGreaterThan(500);
      for (const secret of [email, "hidden.signer", name, "Ukryta"]) {
        expect(all.includes(secret), `${step}: ${secret}`).toBe(false);
      }
    };
    await h.post(SIGN, asking({ email, updates: true }));
    await look("asked");
    const token = await askAndRead(h, { email, updates: true });
    await look("mailed");
    await confirmWith(h, token, name);
    await look("confirmed");
    await h.post("/api/v1/withdrawals", { token });
    await look("withdrawn");
  });

  test("before the press, only a mail is kept; an hour after it left, not even its envelope", async () => {
    const h = harness();
    await h.post(SIGN, asking());
    const waiting = await h.db.prepare("SELECT * FROM mail").all();
    expect(waiting.results).toHaveLength(1);
    await h.deliver();
    h.clock.advance(2 * HOUR);
    await forgetOldMail(h.make());
    const row = await h.db.prepare("SELECT * FROM mail").first();
    expect(row).toMatchObject({ state: "accepted", sealed: null, batch_id: null });
    for (const table of ["signatures", "tallies", "due", "peppers", "mail_batches"]) {
      expect(await h.db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first("n"), table).toBe(0);
    }
  });

  test("organizers open the seal with their key; every seal has the same length", async () => {
    const h = harness();
    const tokens = [
      await askAndRead(h, { email: "a@example.com", updates: true, country: "BY" }),
      await askAndRead(h, { email: "b@example.com" }),
      await askAndRead(h, { email: "c@example.com" }),
    ];
    await confirmWith(h, tokens[0]!, "Żaneta 🕊");
    await confirmWith(h, tokens[1]!);
    await confirmWith(h, tokens[2]!);
    const { results } = await h.db
      .prepare("SELECT id, sealed FROM signatures")
      .all<{ id: ArrayBuffer; sealed: ArrayBuffer }>();
    expect(new Set(results.map((row) => blob(row.sealed).length)).size).toBe(1);
    const opened = await Promise.all(
      results.map(async (row) => {
        const text = await openWith(
          await testOpener(),
          blob(row.sealed),
          sealContext("in-step", blob(row.id)),
        );
        return JSON.parse(text) as Record<string, string>;
      }),
    );
    const found = opened.find((row) => row["name"] !== "")!;
    expect(found).toMatchObject({
      name: "Żaneta 🕊",
      email: "a@example.com",
      country: "BY",
      consent: "2026-11",
    });
    const without = opened.filter((row) => row["name"] === "");
    expect(without.map((row) => row["email"])).toEqual(["", ""]);
    expect(new Set(without.map((row) => row["country"]))).toEqual(new Set(["PL"]));
  });

  test("a seal moved to another row or campaign does not open", async () => {
    const h = harness();
    await confirmWith(h, await askAndRead(h));
    const row = await h.db
      .prepare("SELECT id, sealed FROM signatures")
      .first<{ id: ArrayBuffer; sealed: ArrayBuffer }>();
    const open = async (campaign: string, id: Uint8Array<ArrayBuffer>) =>
      openWith(await testOpener(), blob(row!.sealed), sealContext(campaign, id));
    await expect(open("other", blob(row!.id))).rejects.toMatchObject({ code: "damaged" });
    await expect(open("in-step", new Uint8Array(16))).rejects.toMatchObject({ code: "damaged" });
    await expect(open("in-step", blob(row!.id))).resolves.toContain("2026-11");
  });
});

test("`sign` runs the same statements and gives the same answer to those who have signed", async () => {
  const h = harness();
  for (let i = 0; i < 10; i++) {
    await confirmWith(h, await askAndRead(h, { email: `known${i}@example.com` }));
  }
  const run = async (email: string) => {
    const { db, seen } = recording(h.db);
    const probe = harness({}, { db });
    const answer = await probe.post(SIGN, asking({ email }));
    const { words, ...body } = await answer.json<Record<string, string>>();
    expect(words).toMatch(/^\w+ \w+$/);
    const headers = [...answer.headers].filter(([name]) => name !== "content-length");
    return JSON.stringify({ status: answer.status, body, headers, seen, woken: probe.woken() });
  };
  const answers = new Set<string>();
  for (let i = 0; i < 10; i++) {
    answers.add(await run(`known${i}@example.com`));
    answers.add(await run(`unknown${i}@example.com`));
  }
  expect(answers.size).toBe(1);
});

test("public pages set no cookie, hold no inline script or style and load nothing from elsewhere", async () => {
  const h = harness();
  for (const path of ["/en", "/en/in-step", "/en/in-step/tally", "/en/privacy"]) {
    const answer = await h.get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(answer.headers.get("cache-control")).toContain("public");
    expect(answer.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    const text = await answer.text();
    expect(text.startsWith("<!doctype html>")).toBe(true);
    expect(text).not.toMatch(/<style|style=|<script>|onclick=|javascript:/);
    for (const [, url] of text.matchAll(/(?:src|href)="(https?:[^"]+)"/g)) {
      expect(url!.startsWith("http://localhost:8787")).toBe(true);
    }
  }
});

test("no log line names a person or a token, whatever fails", async () => {
  const lines: string[] = [];
  const original = { error: console.error, info: console.info, log: console.log };
  for (const level of ["error", "info", "log"] as const) {
    console[level] = (...parts: unknown[]) => void lines.push(parts.map(String).join(" "));
  }
  try {
    const h = harness({ STAGE: "production", PUBLIC_ORIGIN: "http://localhost:8787" });
    await Promise.resolve(h.get("/en/confirm?t=secret.token")).catch(() => undefined);
    const local = harness();
    const { setFaults } = await import("../support/app.ts");
    await setFaults({ faults: [{ kind: "error", name: "internal_server_error" }] });
    await local.post(SIGN, asking({ email: "logged.person@example.com" }));
    await local.deliver();
  } finally {
    Object.assign(console, original);
  }
  expect(lines.some((line) => line.includes("mail.internal_server_error"))).toBe(true);
  expect(lines.join("\n")).not.toMatch(/logged\.person|secret\.token/);
});
