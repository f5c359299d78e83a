import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Resend } from "resend";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createStandIn } from "../../src/dev/resend/app.ts";
import { signedEvent } from "../../src/dev/resend/webhooks.ts";

const mail = (over: Record<string, unknown> = {}) => ({
  from: "Tandem <campaign@tandem.example>",
  to: ["ada@example.org"],
  subject: "Hello",
  text: "Hello",
  ...over,
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "stand-in-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function standIn(now: () => number = Date.now) {
  const journal = path.join(folder, "journal.ndjson");
  const { app, close } = createStandIn({ journal, now });
  const post = (
    where: string,
    body: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<Response> => {
    const all: Record<string, string | undefined> = {
      authorization: "Bearer re_something",
      "user-agent": "test",
      "content-type": "application/json",
      ...headers,
    };
    const set = Object.entries(all).filter((entry): entry is [string, string] => !!entry[1]);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return Promise.resolve(app.request(where, { method: "POST", headers: set, body: text }));
  };
  const nameOf = async (answer: Response) => ({
    status: answer.status,
    name: (await answer.json<{ name?: string }>()).name,
  });
  const inbox = async (to: string) =>
    (await app.request(`/inbox.json?to=${to}`)).json<{ id: string; subject: string }[]>();
  return { app, post, nameOf, inbox, close, journal };
}

test("a key that is well formed and not the account’s, and a domain that is not verified, are answered as Resend does", async () => {
  const { app, close } = createStandIn({ journal: null, apiKey: "re_right" });
  const send = async (key: string, from = "Tandem <campaign@tandem.example>") => {
    const answer = await app.request("/emails/batch", {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "user-agent": "test",
        "content-type": "application/json",
        "x-batch-validation": "permissive",
      },
      body: JSON.stringify([mail({ from })]),
    });
    return { status: answer.status, name: (await answer.json<{ name?: string }>()).name };
  };
  expect(await send("re_wrong")).toEqual({ status: 401, name: "validation_error" });
  const faults = [{ kind: "unverify", domain: "other.example" }];
  await app.request("/faults", { method: "POST", body: JSON.stringify({ faults }) });
  expect(await send("re_right", "X <a@other.example>")).toEqual({
    status: 403,
    name: "validation_error",
  });
  expect((await send("re_right")).status).toBe(200);
  close();
});

describe("the stand-in is as strict as Resend", () => {
  test.each([
    ["without a key", { authorization: undefined }, 401, "missing_api_key"],
    ["with a key that is none", { authorization: "Bearer nonsense" }, 403, "invalid_api_key"],
    ["without a User-Agent", { "user-agent": undefined }, 403, "validation_error"],
    ["not as JSON", { "content-type": "text/plain" }, 400, "validation_error"],
    [
      "with a key of 257 characters",
      { "idempotency-key": "k".repeat(257) },
      400,
      "invalid_idempotency_key",
    ],
  ])("a mail %s is refused", async (_, headers, status, name) => {
    const s = standIn();
    expect(await s.nameOf(await s.post("/emails", mail(), headers))).toEqual({ status, name });
    s.close();
  });

  test.each([
    ["of 101 mails", Array.from({ length: 101 }, () => mail())],
    ["of none", []],
    ["that is no list", { to: "x" }],
  ])("a batch %s is refused", async (_, body) => {
    const s = standIn();
    expect((await s.post("/emails/batch", body)).status).toBe(400);
    s.close();
  });

  test.each([
    ["a line end in the subject", { subject: "a\r\nBcc: x@example.org" }],
    ["a line end in a header", { headers: { "X-A": "b\r\nBcc: x@example.org" } }],
    ["a field that Resend does not know", { replyto: "x@example.org" }],
    ["no body", { text: undefined }],
    ["no address", { to: ["nobody"] }],
  ])("a mail with %s is refused", async (_, over) => {
    const s = standIn();
    expect(await s.nameOf(await s.post("/emails", mail(over)))).toEqual({
      status: 400,
      name: "validation_error",
    });
    s.close();
  });

  test("in permissive mode a bad mail of a batch fails alone, in strict mode all do", async () => {
    const s = standIn();
    const batch = [mail(), mail({ to: ["nobody"] })];
    const loose = await s.post("/emails/batch", batch, { "x-batch-validation": "permissive" });
    expect(await loose.json()).toMatchObject({ data: [{}], errors: [{ index: 1 }] });
    expect((await s.post("/emails/batch", batch)).status).toBe(400);
    expect(await s.inbox("ada@example.org")).toHaveLength(1);
    s.close();
  });
});

describe("its idempotency keys", () => {
  const keyed = { "idempotency-key": "k1" };
  test("same key, same body: the same answer and one mail", async () => {
    const s = standIn();
    const first = await (await s.post("/emails", mail(), keyed)).json();
    expect(await (await s.post("/emails", mail(), keyed)).json()).toEqual(first);
    expect(await s.inbox("ada@example.org")).toHaveLength(1);
    s.close();
  });
  test("same key, other body: 409 invalid_idempotent_request", async () => {
    const s = standIn();
    await s.post("/emails", mail(), keyed);
    const other = await s.post("/emails", mail({ subject: "Other" }), keyed);
    expect(await s.nameOf(other)).toEqual({ status: 409, name: "invalid_idempotent_request" });
    s.close();
  });
  test("are kept for 24 hours and no longer", async () => {
    let now = 1_000_000;
    const s = standIn(() => now);
    await s.post("/emails", mail(), keyed);
    now += 24 * 3_600_000 - 1;
    await s.post("/emails", mail(), keyed);
    expect(await s.inbox("ada@example.org")).toHaveLength(1);
    now += 2;
    await s.post("/emails", mail(), keyed);
    expect(await s.inbox("ada@example.org")).toHaveLength(2);
    s.close();
  });
  test("and the mails survive a crash, also one in the middle of a line", async () => {
    const s = standIn();
    const first = await (await s.post("/emails", mail(), keyed)).json();
    s.close();
    const torn = readFileSync(s.journal, "utf8") + '{"at":1,"key":"torn","mai';
    writeFileSync(s.journal, torn);
    const again = standIn();
    expect(await again.inbox("ada@example.org")).toHaveLength(1);
    expect(await (await again.post("/emails", mail(), keyed)).json()).toEqual(first);
    await again.post("/emails", mail({ subject: "After" }));
    again.close();
    const third = standIn();
    expect((await third.inbox("ada@example.org")).map((one) => one.subject)).toEqual([
      "Hello",
      "After",
    ]);
    third.close();
  });
});

test("its inbox shows what people wrote as text, never as markup of its own page", async () => {
  const s = standIn();
  await s.post("/emails", mail({ subject: "<script>alert(1)</script>", html: "<b>x</b>" }));
  const list = await (await s.app.request("/inbox")).text();
  expect(list).not.toContain("<script>alert");
  const [one] = await s.inbox("ada@example.org");
  const page = await (await s.app.request(`/inbox/${one!.id}`)).text();
  expect(page).not.toContain("<script>alert");
  s.close();
});

test("its events carry the signature that Resend’s own SDK accepts", () => {
  const secret = "whsec_dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3Rz";
  const { headers, body } = signedEvent(
    secret,
    "email.delivered",
    { id: "1", to: ["ada@example.org"], from: "x", subject: "y" },
    Date.now(),
  );
  const verified = new Resend("re_x").webhooks.verify({
    payload: body,
    headers: {
      id: headers["svix-id"]!,
      timestamp: headers["svix-timestamp"]!,
      signature: headers["svix-signature"]!,
    },
    webhookSecret: secret,
  });
  expect(verified).toMatchObject({ type: "email.delivered" });
});
