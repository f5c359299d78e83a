import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Resend } from "resend";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signedEvent } from "../../src/dev/resend/webhooks.ts";
import { account, mail } from "../support/resend.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "stand-in-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function standIn(now: () => number = Date.now) {
  const journal = path.join(folder, "journal.ndjson");
  return { ...account({ journal, now }), journal };
}

describe("who may send", () => {
  test("a key that is well formed and not the account’s is answered as Resend does", async () => {
    const s = account({ apiKey: "re_right" });
    const wrong = await s.send({}, { authorization: "Bearer re_wrong" });
    expect(await wrong.json()).toEqual({
      statusCode: 401,
      name: "validation_error",
      message: "API key is invalid",
    });
    expect((await s.send({}, { authorization: "Bearer re_right" })).status).toBe(200);
  });

  test.each([
    ["without a key", { authorization: undefined }, 401, "missing_api_key"],
    ["with something that is no key", { authorization: "Bearer x" }, 403, "invalid_api_key"],
  ])("a request %s is refused", async (_, headers, status, name) => {
    const s = account();
    expect(await s.nameOf(await s.send({}, headers))).toEqual({ status, name });
  });

  test("a request without a User-Agent does not get to the API: its answer is no JSON", async () => {
    const answer = await account().send({}, { "user-agent": undefined });
    expect([answer.status, await answer.text()]).toEqual([403, "error code: 1010"]);
  });

  test("a key that may only send is refused wherever else it asks, a full one is not", async () => {
    const s = account();
    const refused = await s.nameOf(await s.call("GET", "/suppressions"));
    expect(refused).toEqual({ status: 401, name: "restricted_api_key" });
    expect((await account({ access: "full" }).call("GET", "/suppressions")).status).toBe(200);
  });

  test("only domains that were verified send, and a subdomain is another domain", async () => {
    const s = account({ domains: ["Tandem.example", "other.example"] });
    const from = (domain: string) => s.send({ from: `X <a@${domain}>` });
    expect((await from("tandem.example")).status).toBe(200);
    for (const domain of ["mail.tandem.example", "unknown.example"]) {
      expect(await (await from(domain)).json()).toEqual({
        statusCode: 403,
        name: "validation_error",
        message: `The ${domain} domain is not verified. Please, add and verify your domain.`,
      });
    }
    await s.fault({ kind: "unverify", domain: "other.example" });
    expect((await from("other.example")).status).toBe(403);
  });

  test("from Resend’s own domain mail goes to its test addresses alone", async () => {
    const s = account({ domains: [] });
    const from = "Acme <onboarding@resend.dev>";
    expect(await s.nameOf(await s.send({ from }))).toEqual({
      status: 403,
      name: "validation_error",
    });
    expect((await s.send({ from, to: "delivered@resend.dev" })).status).toBe(200);
  });

  test("one mail from a foreign domain stops its whole batch, in permissive mode too", async () => {
    const s = account();
    const batch = [mail(), mail({ from: "X <a@unknown.example>" })];
    const answer = await s.post("/emails/batch", batch, { "x-batch-validation": "permissive" });
    expect(answer.status).toBe(403);
    expect(await s.inbox("ada@inbox.eu")).toHaveLength(0);
  });
});

describe("the stand-in is as strict as Resend", () => {
  test.each([
    ["not as JSON", { "content-type": "text/plain" }, 400, "validation_error"],
    [
      "with a key of 257 characters",
      { "idempotency-key": "k".repeat(257) },
      400,
      "invalid_idempotency_key",
    ],
  ])("a mail %s is refused", async (_, headers, status, name) => {
    const s = account();
    expect(await s.nameOf(await s.send({}, headers))).toEqual({ status, name });
  });

  test("an idempotency key of 256 characters is taken", async () => {
    const answer = await account().send({}, { "idempotency-key": "k".repeat(256) });
    expect(answer.status).toBe(200);
  });

  test.each([
    ["of 101 mails", Array.from({ length: 101 }, () => mail())],
    ["of none", []],
    ["that is no list", { to: "x" }],
  ])("a batch %s is refused", async (_, body) => {
    const s = account();
    expect(await s.nameOf(await s.post("/emails/batch", body))).toEqual({
      status: 422,
      name: "validation_error",
    });
  });

  test.each([
    ["a line end in the subject", { subject: "a\r\nBcc: x@inbox.eu" }],
    ["a line end in a header", { headers: { "X-A": "b\r\nBcc: x@inbox.eu" } }],
    ["a field that Resend does not know", { replyto: "x@inbox.eu" }],
    ["no address", { to: ["nobody"] }],
    ["51 addresses", { to: Array.from({ length: 51 }, () => "x@inbox.eu") }],
    ["letters beyond ASCII in its address", { to: ["józef@inbox.eu"] }],
    ["two dots in its address", { to: ["a..b@inbox.eu"] }],
    ["a tag with a space", { tags: [{ name: "a b", value: "c" }] }],
    ["a tag of 257 characters", { tags: [{ name: "a", value: "c".repeat(257) }] }],
    ["more than 40 MB", { text: "x".repeat(40 * 1024 * 1024 + 1) }],
  ])("a mail with %s is refused", async (_, over) => {
    const s = account();
    expect(await s.nameOf(await s.send(over))).toEqual({ status: 422, name: "validation_error" });
  });

  test("a refusal says which field, in Resend’s words", async () => {
    const answer = await account().send({ to: ["nobody"] });
    expect(await answer.json()).toMatchObject({
      message:
        "Invalid `to` field. The email address needs to follow the `email@example.com` or `Name <email@example.com>` format.",
    });
  });

  test.each([
    ["from", "Missing `from` field."],
    ["to", "Missing `to` field."],
    ["subject", "Missing `subject` field."],
    ["text", "Missing `html` or `text` field."],
  ])("a mail without %s lacks a required field", async (field, message) => {
    const answer = await account().send({ [field]: undefined });
    expect(await answer.json()).toEqual({
      statusCode: 422,
      name: "missing_required_field",
      message,
    });
  });

  test.each(["a@example.com", "a@test.com", "a@parliament.example"])(
    "%s, whose domain nobody has, gets no mail unless that was asked for",
    async (to) => {
      const refused = await account().send({ to });
      expect([refused.status, await refused.text()]).toEqual([
        422,
        expect.stringContaining("testing email address"),
      ]);
      expect((await account({ reservedDomains: true }).send({ to })).status).toBe(200);
    },
  );

  test("a way that is not there, and a method that is not", async () => {
    const s = account();
    expect(await s.nameOf(await s.call("GET", "/nowhere"))).toEqual({
      status: 404,
      name: "not_found",
    });
    expect(await s.nameOf(await s.call("PUT", "/emails", mail()))).toEqual({
      status: 405,
      name: "method_not_allowed",
    });
  });

  test("in permissive mode a bad mail of a batch fails alone, in strict mode all do", async () => {
    const s = account();
    const batch = [mail({ to: ["nobody"] }), mail()];
    expect((await s.post("/emails/batch", batch)).status).toBe(422);
    expect(await s.inbox("ada@inbox.eu")).toHaveLength(0);
    const loose = await s.post("/emails/batch", batch, { "x-batch-validation": "permissive" });
    const [one] = await s.inbox("ada@inbox.eu");
    expect(await loose.json()).toEqual({
      data: [{ id: one!.id }],
      errors: [{ index: 0, message: expect.stringContaining("`to`") }],
    });
  });

  test.each([
    ["suspended_api_key", 403],
    ["restricted_api_key", 401],
    ["resource_locked", 409],
    ["invalid_from_address", 422],
    ["security_error", 451],
    ["service_unavailable", 503],
  ])("%s comes with its status", async (name, status) => {
    const s = account();
    await s.fault({ kind: "error", name });
    expect(await s.nameOf(await s.send())).toEqual({ status, name });
  });

  test("one name comes with another status and message where that is asked for", async () => {
    const s = account();
    const asked = { name: "restricted_api_key", status: 403, message: "API key is not active" };
    await s.fault({ kind: "error", ...asked });
    const { status, ...rest } = asked;
    expect(await (await s.send()).json()).toEqual({ statusCode: status, ...rest });
  });

  test("an answer that breaks after accepting: the mail is there, and the same key gets its answer", async () => {
    const s = account();
    await s.fault({ kind: "error-after", name: "application_error" });
    const keyed = { "idempotency-key": "k" };
    expect((await s.send({}, keyed)).status).toBe(500);
    const [one] = await s.inbox("ada@inbox.eu");
    expect(await (await s.send({}, keyed)).json()).toEqual({ id: one!.id });
    expect(await s.inbox("ada@inbox.eu")).toHaveLength(1);
  });
});

describe("its idempotency keys", () => {
  const keyed = { "idempotency-key": "k1" };
  test("same key, same body: the same answer and one mail", async () => {
    const s = standIn();
    const first = await (await s.send({}, keyed)).json();
    expect(await (await s.send({}, keyed)).json()).toEqual(first);
    expect(await s.inbox("ada@inbox.eu")).toHaveLength(1);
    s.close();
  });
  test("same key, other body: 409 invalid_idempotent_request", async () => {
    const s = standIn();
    await s.send({}, keyed);
    const other = await s.send({ subject: "Other" }, keyed);
    expect(await s.nameOf(other)).toEqual({ status: 409, name: "invalid_idempotent_request" });
    s.close();
  });
  test("same key while the first is under way: 409 concurrent_idempotent_requests", async () => {
    const s = standIn();
    await s.fault({ kind: "slow", ms: 50 });
    const first = s.send({}, keyed);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await s.nameOf(await s.send({}, keyed))).toEqual({
      status: 409,
      name: "concurrent_idempotent_requests",
    });
    expect((await first).status).toBe(200);
    s.close();
  });
  test("are kept for 24 hours and no longer", async () => {
    let now = 1_000_000;
    const s = standIn(() => now);
    await s.send({}, keyed);
    now += 24 * 3_600_000 - 1;
    await s.send({}, keyed);
    expect(await s.inbox("ada@inbox.eu")).toHaveLength(1);
    now += 2;
    await s.send({}, keyed);
    expect(await s.inbox("ada@inbox.eu")).toHaveLength(2);
    s.close();
  });
  test("and the mails survive a crash, also one in the middle of a line", async () => {
    const s = standIn();
    const first = await (await s.send({}, keyed)).json();
    s.close();
    const torn = readFileSync(s.journal, "utf8") + '{"at":1,"key":"torn","mai';
    writeFileSync(s.journal, torn);
    const again = standIn();
    expect(await again.inbox("ada@inbox.eu")).toHaveLength(1);
    expect(await (await again.send({}, keyed)).json()).toEqual(first);
    await again.send({ subject: "After" });
    again.close();
    const third = standIn();
    expect((await third.inbox("ada@inbox.eu")).map((one) => one.subject)).toEqual([
      "Hello",
      "After",
    ]);
    third.close();
  });
});

test("its inbox shows what people wrote as text, never as markup of its own page", async () => {
  const s = account();
  await s.send({ subject: "<script>alert(1)</script>", html: "<b>x</b>" });
  const list = await (await s.app.request("/inbox")).text();
  expect(list).not.toContain("<script>alert");
  const [one] = await s.inbox("ada@inbox.eu");
  const page = await (await s.app.request(`/inbox/${one!.id}`)).text();
  expect(page).not.toContain("<script>alert");
});

test("its events carry the signature that Resend’s own SDK accepts", () => {
  const secret = "whsec_dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3Rz";
  const { headers, body } = signedEvent(
    secret,
    "email.delivered",
    { id: "1", to: ["ada@inbox.eu"], from: "x", subject: "y" },
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
