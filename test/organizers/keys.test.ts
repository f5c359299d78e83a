import { askForUpdates, openForUpdates, type Handed } from "../support/updates.ts";
import { describe, expect, test } from "vitest";
import { readAnyCampaign } from "../../src/campaigns/save.ts";
import { base64url, fromBase64url } from "../../src/lib/bytes.ts";
import { DAY, HOUR } from "../../src/lib/clock.ts";
import { newKeyPair, openerOf, openWith } from "../../src/lib/sealing.ts";
import { forgetEndedSessions } from "../../src/organizers/door/sign-in.ts";
import { tellMilestones } from "../../src/organizers/notices.ts";
import type { KeyFile } from "../../src/signatures/key-file.ts";
import { exportHeadLine, unsealToCsv, type ExportRow } from "../../src/signatures/unseal.ts";
import { publishTallies } from "../../src/tallies/publish.ts";
import { askAndRead, confirmWith, harness, inbox, type Harness } from "../support/app.ts";
import { TEST_BINDINGS, TEST_KEY } from "../support/bindings.ts";
import { everything } from "../support/db.ts";
import { enterAs, member, owner } from "../support/organizers.ts";

const API = "/organize/api/campaigns/in-step";
type Who = Record<string, string>;

async function pair() {
  const made = await newKeyPair();
  const [publicKey, privateKey] = [base64url(made.publicKey), base64url(made.privateKey)];
  return { publicKey, privateKey, opener: await openerOf(made.privateKey, made.publicKey) };
}
type Pair = Awaited<ReturnType<typeof pair>>;

async function testOld(): Promise<Pair> {
  const { publicKey, privateKey } = TEST_KEY;
  const opener = await openerOf(fromBase64url(privateKey)!, fromBase64url(publicKey)!);
  return { publicKey, privateKey, opener };
}

const open = (one: Pair, seal: string) =>
  openWith(one.opener, fromBase64url(seal)!, "proof|in-step");

async function seals(h: Harness, who: Who, keys: Pair[]): Promise<string[]> {
  const publicKeys = keys.map((one) => one.publicKey);
  const answer = await h.post(`${API}/seals`, { publicKeys }, who);
  return (await answer.json<{ seals: string[] }>()).seals;
}

async function canaryProof(h: Harness, who: Who, one: Pair): Promise<string> {
  const answer = await h.request(`${API}/canaries`, { headers: who });
  const { canaries } = await answer.json<{ canaries: { publicKey: string; seal: string }[] }>();
  return open(one, canaries.find(({ publicKey }) => publicKey === one.publicKey)!.seal);
}

/** Sets both keys as the page does. */
async function setKeys(h: Harness, who: Who, first: Pair, second: Pair, old: Pair) {
  const [one, two] = await seals(h, who, [first, second]);
  return h.post(
    `${API}/keys`,
    {
      publicKey: first.publicKey,
      secondKey: second.publicKey,
      proof: await open(first, one!),
      secondProof: await open(second, two!),
      oldProof: await canaryProof(h, who, old),
    },
    who,
  );
}

describe("the keys of a campaign", () => {
  test("are set once the browser has opened a test seal with each, and one of those so far; owners are told", async () => {
    const h = harness();
    const who = await owner(h);
    const [first, second] = [await pair(), await pair()];
    expect((await setKeys(h, who, first, second, await testOld())).status).toBe(204);
    const api = await (await h.get("/api/v1/campaigns/in-step")).json<{ sealingKey: string }>();
    expect(api.sealingKey).toBe(first.publicKey);
    await h.deliver();
    const told = (await inbox("owner@example.org")).at(-1)!;
    expect(told.subject).toBe("The keys of a campaign have changed");
    expect(await everything(h.db)).not.toContain(first.privateKey);
  });

  test("that change are told to nobody who was named an owner and never came in", async () => {
    const h = harness();
    const who = await owner(h);
    const named = { email: "stranger@victim.example", role: "owner" };
    expect((await h.form("/organize/in-step/members", named, who)).status).toBe(303);
    const [first, second] = [await pair(), await pair()];
    await setKeys(h, who, first, second, await testOld());
    await h.deliver();
    expect(await inbox("stranger@victim.example")).toHaveLength(0);
    const told = (await inbox("owner@example.org")).map(({ subject }) => subject);
    expect(told).toContain("The keys of a campaign have changed");
  });

  test("that are changed back to earlier ones are told of as any other change", async () => {
    const h = harness();
    const who = await owner(h);
    const told = async () => {
      await h.deliver();
      const mails = await inbox("owner@example.org");
      return mails.filter(({ subject }) => subject === "The keys of a campaign have changed")
        .length;
    };
    const before = await told();
    const [first, second, third, fourth] = [await pair(), await pair(), await pair(), await pair()];
    await setKeys(h, who, first, second, await testOld());
    await setKeys(h, who, third, fourth, first);
    await setKeys(h, who, first, second, third);
    expect(await told()).toBe(before + 3);
  });

  test("stay as they are without a proof, with another's, or with one key for both", async () => {
    const h = harness();
    const who = await owner(h);
    const [first, second, stranger] = [await pair(), await pair(), await pair()];
    const [one, two] = await seals(h, who, [first, second]);
    const right = {
      publicKey: first.publicKey,
      secondKey: second.publicKey,
      proof: await open(first, one!),
      secondProof: await open(second, two!),
      oldProof: await canaryProof(h, who, await testOld()),
    };
    const wrong: Record<string, unknown>[] = [
      { ...right, proof: right.secondProof },
      { ...right, secondProof: "" },
      { ...right, oldProof: undefined },
      { ...right, oldProof: right.proof },
      { ...right, secondKey: stranger.publicKey },
      { ...right, secondKey: first.publicKey, secondProof: right.proof },
    ];
    for (const body of wrong) expect((await h.post(`${API}/keys`, body, who)).status).toBe(409);
    const bad = await h.post(`${API}/keys`, { ...right, publicKey: "short" }, who);
    expect(bad.status).toBe(422);
    const campaign = await readAnyCampaign(h.make(), "in-step");
    expect([campaign.sealingKey, campaign.secondKey]).toEqual([TEST_KEY.publicKey, null]);
  });

  test("each open what is sealed from then on; what was sealed before opens with the old one", async () => {
    const h = harness();
    const who = await owner(h);
    const old = await testOld();
    await confirmWith(h, await askAndRead(h, { email: "before@example.com" }), "Before");
    const [first, second] = [await pair(), await pair()];
    await setKeys(h, who, first, second, old);
    await confirmWith(h, await askAndRead(h, { email: "after@example.com" }), "After");
    const lines = await exportLines(h, who);
    const csv = async (one: Pair) => {
      const key: KeyFile = { format: "tandem-key/1", campaign: "in-step", ...one };
      const shut: string[] = [];
      let text = "";
      for await (const line of unsealToCsv(key, lines, (_, why) => shut.push(why))) text += line;
      return { text, shut };
    };
    for (const one of [first, second]) {
      const { text, shut } = await csv(one);
      expect(text).toContain("After");
      expect(text).not.toContain("Before");
      expect(shut).toEqual(["sealed to another key"]);
    }
    expect((await csv(old)).text).toContain("Before");
  });

  test("an alarm stands once a key no longer opens the canary, and until one does again", async () => {
    const h = harness();
    const who = await owner(h);
    const report = (proof: string | null) =>
      h.post(`${API}/canaries`, { publicKey: TEST_KEY.publicKey, proof }, who);
    const board = async () => (await h.request("/organize/in-step", { headers: who })).text();
    await report(null);
    expect(await board()).toContain("no longer opened the test seal");
    await report("nonsense");
    expect(await board()).toContain("no longer opened the test seal");
    await report(await canaryProof(h, who, await testOld()));
    expect(await board()).not.toContain("no longer opened the test seal");
    const log = await h.request(`${API}/log`, { headers: who });
    const { acts } = await log.json<{ acts: { act: string }[] }>();
    expect(acts.map(({ act }) => act)).toEqual(
      expect.arrayContaining(["canary.failed", "canary.opened"]),
    );
  });
});

async function exportRows(h: Harness, who: Who, why = "list"): Promise<ExportRow[]> {
  const begun = await h.post(`${API}/exports`, { why }, who);
  const { id } = await begun.json<{ id: string }>();
  const rows: ExportRow[] = [];
  let after: { after?: string } = {};
  for (;;) {
    const answer = await h.post(`${API}/exports/${id}`, after, who);
    const page = await answer.json<{ rows: ExportRow[]; next: string | null }>();
    rows.push(...page.rows);
    if (page.next === null) return rows;
    after = { after: page.next };
  }
}

async function exportLines(h: Harness, who: Who): Promise<string[]> {
  return [
    exportHeadLine("in-step"),
    ...(await exportRows(h, who)).map((row) => JSON.stringify(row)),
  ];
}

describe("downloading the list", () => {
  test("gives every sealed row once, page by page, and is in the log", async () => {
    const h = harness({ EXPORT_PAGE: "3" });
    const who = await owner(h);
    for (let at = 0; at < 7; at++) {
      await confirmWith(h, await askAndRead(h, { email: `s${at}@example.com` }), `Name ${at}`);
    }
    const rows = await exportRows(h, who);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(7);
    expect(JSON.stringify(rows)).not.toMatch(/Name|example\.com/);
    const log = await h.request(`${API}/log`, { headers: who });
    expect(await log.text()).toContain("list.exported");
  });

  test("or opening it for news gives no country and no day beside the seals, and is for owners", async () => {
    const h = harness();
    const who = await owner(h);
    await confirmWith(h, await askAndRead(h, { email: "ada@example.com" }), "Ada");
    const operator = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
    for (const as of [await member(h, "organizer"), operator]) {
      const refused = await h.post(`${API}/exports`, { why: "updates" }, as);
      expect([401, 403]).toContain(refused.status);
    }
    for (const why of ["list", "updates"] as const) {
      const [row, ...others] = await exportRows(h, who, why);
      expect(others).toEqual([]);
      expect(Object.keys(row!).toSorted()).toEqual(["id", "sealed", "second"]);
      expect(row!.sealed).toMatch(/^[0-9a-f]{2000,}$/);
    }
  });

  test("asked to go on after something that is no row fails, and does not end early", async () => {
    const h = harness();
    const who = await owner(h);
    const begun = await h.post(`${API}/exports`, { why: "list" }, who);
    const { id } = await begun.json<{ id: string }>();
    for (const after of ["x", "", "A".repeat(22)]) {
      const answer = await h.post(`${API}/exports/${id}`, { after }, who);
      expect(answer.status, after).toBe(422);
    }
  });

  test("takes pages of 1.2 MB at most, which the free plan’s 10 ms are enough for", async () => {
    const h = harness();
    await confirmWith(h, await askAndRead(h), "Ada");
    const [row] = await exportRows(h, await owner(h));
    const longest = JSON.stringify({ ...row, second: row!.sealed }).length;
    expect(longest * h.make().settings.EXPORT_PAGE).toBeLessThan(1_200_000);
  });

  test("shows each page once, in order, so that it tells no minute in which somebody came or went", async () => {
    const h = harness({ EXPORT_PAGE: "2", EXPORT_REPEATS: "1" });
    const who = await owner(h);
    for (let at = 0; at < 5; at++) {
      await confirmWith(h, await askAndRead(h, { email: `s${at}@example.com` }), `Name ${at}`);
    }
    const begun = await h.post(`${API}/exports`, { why: "list" }, who);
    const { id } = await begun.json<{ id: string }>();
    const page = async (after?: string) => {
      const answer = await h.post(
        `${API}/exports/${id}`,
        after === undefined ? {} : { after },
        who,
      );
      if (answer.status !== 200) return answer.status;
      return answer.json<{ rows: ExportRow[]; next: string | null }>();
    };
    const first = await page();
    if (typeof first === "number") throw new Error(`${first}`);
    expect(await page("00".repeat(16)), "a page that overlaps").toBe(410);
    expect(await page(), "a lost answer").toEqual(first);
    expect(await page(), "the same again and again").toBe(410);
    const second = await page(first.next!);
    if (typeof second === "number") throw new Error(`${second}`);
    expect(second.rows).toHaveLength(2);
    expect(await page(), "an earlier page").toBe(410);
    const last = await page(second.next!);
    expect(last).toMatchObject({ next: null });
    expect(await page(first.next!)).toBe(410);
    expect(await page(second.next!)).toEqual(last);
  });

  test("begins so many times within a day for a campaign, each told to its owners, and then no more", async () => {
    const h = harness({ EXPORTS_A_DAY: "2" });
    const who = await owner(h);
    const begin = async (why = "list") => (await h.post(`${API}/exports`, { why }, who)).status;
    expect([await begin(), await begin("updates"), await begin()]).toEqual([201, 201, 429]);
    const acts = "SELECT COUNT(*) AS n FROM audit WHERE act LIKE '%.exported'";
    expect(await h.db.prepare(acts).first("n")).toBe(2);
    h.clock.advance(DAY);
    const again = await enterAs(h, "owner@example.org");
    expect((await h.post(`${API}/exports`, { why: "list" }, again)).status).toBe(201);
    await forgetEndedSessions(h.make());
    expect(await h.db.prepare("SELECT COUNT(*) AS n FROM exports").first("n")).toBe(1);
  });

  test("is for owners, for whoever began it, and for an hour", async () => {
    const h = harness();
    const who = await owner(h);
    const helper = await member(h, "organizer");
    expect((await h.post(`${API}/exports`, { why: "list" }, helper)).status).toBe(403);
    const begun = await h.post(`${API}/exports`, { why: "list" }, who);
    const { id } = await begun.json<{ id: string }>();
    const get = async (as: Who) => (await h.post(`${API}/exports/${id}`, {}, as)).status;
    expect([await get(who), await get(helper)]).toEqual([200, 403]);
    const other = await member(h, "owner", "second@example.org");
    expect(await get(other)).toBe(410);
    h.clock.advance(HOUR);
    expect(await get(who)).toBe(410);
  });

  test("stands on a page that loads its own script alone, with no text of the campaign on it", async () => {
    const h = harness();
    const who = await owner(h);
    const answer = await h.request("/organize/in-step/list", { headers: who });
    const policy = answer.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await answer.text();
    expect(html).not.toContain("sanction");
    expect(html.match(/<script/g)).toHaveLength(1);
    const other = await h.request("/organize/in-step", { headers: who });
    expect(other.headers.get("content-security-policy")).not.toContain("trusted-types");
  });
});

const updatesFor = async (email: string) =>
  (await inbox(email)).filter(({ subject }) => subject === "We met the committee");

describe("news", () => {
  async function draft(h: Harness, who: Who): Promise<string> {
    const form = {
      subject: "We met the committee",
      markdown: "It **went** well. <script>x</script>",
    };
    const answer = await h.form("/organize/in-step/updates", form, who);
    expect(answer.status).toBe(303);
    return answer.headers.get("location")!.split("/").at(-1)!;
  }
  const to = (h: Harness, who: Who, id: string, state: string) =>
    h.post(`${API}/updates/${id}`, { to: state }, who);
  test("goes out only after a test to oneself, once to each, with one-click unsubscribe", async () => {
    const h = harness();
    const who = await owner(h);
    await askForUpdates(h, 5);
    const readers = await openForUpdates(h);
    const id = await draft(h, who);
    expect((await to(h, who, id, "sending")).status).toBe(409);
    await h.form(`/organize/in-step/updates/${id}/test`, {}, who);
    await h.deliver();
    expect((await inbox("owner@example.org")).at(-1)!.subject).toBe("Test: We met the committee");
    expect((await to(h, who, id, "sending")).status).toBe(204);
    for (let again = 0; again < 3; again++) {
      await h.post(`${API}/updates/${id}/mails`, { mails: readers }, who);
    }
    expect(await everything(h.db)).not.toContain("reader-");
    await h.deliver();
    const mails = await updatesFor("reader-0@example.com");
    expect(mails).toHaveLength(1);
    const [mail] = mails;
    expect(mail!.html).toContain("<strong>went</strong>");
    expect(mail!.html).not.toContain("<script>");
    expect(mail!.text).toContain("zrezygnować");
    expect(mail!.headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    const stop = /<([^>]+)>/.exec(mail!.headers["List-Unsubscribe"]!)![1]!;
    const url = new URL(stop);
    await h.request(url.pathname + url.search, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });
    const second = await draft(h, who);
    await h.form(`/organize/in-step/updates/${second}/test`, {}, who);
    await to(h, who, second, "sending");
    await h.post(`${API}/updates/${second}/mails`, { mails: readers }, who);
    await h.deliver();
    expect(await updatesFor("reader-0@example.com")).toHaveLength(1);
    expect(await updatesFor("reader-1@example.com")).toHaveLength(2);
    const row = await h.db.prepare("SELECT handed FROM updates WHERE id = ?1").bind(id).first();
    expect(row).toEqual({ handed: 5 });
  });

  test("stopped in the middle, what has not left stays here, and nothing more is taken", async () => {
    const h = harness();
    const who = await owner(h);
    await askForUpdates(h, 3);
    const readers = await openForUpdates(h);
    const id = await draft(h, who);
    await h.form(`/organize/in-step/updates/${id}/test`, {}, who);
    await to(h, who, id, "sending");
    await h.post(`${API}/updates/${id}/mails`, { mails: readers }, who);
    expect((await to(h, who, id, "stopped")).status).toBe(204);
    await h.deliver();
    expect(await updatesFor("reader-0@example.com")).toHaveLength(0);
    const late = await h.post(`${API}/updates/${id}/mails`, { mails: readers }, who);
    expect(late.status).toBe(409);
  });

  test("waits behind confirmations", async () => {
    // Ten asks for news, a test to oneself, the signer's ask: one unit is left for news.
    const h = harness({ MAIL_PER_DAY: "18", SIGN_IN_PER_DAY: "5", NOTICES_PER_DAY: "0" });
    const who = await owner(h);
    await askForUpdates(h, 10);
    const readers = await openForUpdates(h);
    const id = await draft(h, who);
    await h.form(`/organize/in-step/updates/${id}/test`, {}, who);
    await h.deliver();
    await to(h, who, id, "sending");
    await h.post(`${API}/updates/${id}/mails`, { mails: readers }, who);
    await askAndRead(h, { email: "signer@example.com" });
    expect(await inbox("signer@example.com")).toHaveLength(1);
    const arrived = await Promise.all(readers.map(({ email }) => updatesFor(email)));
    expect(arrived.flat()).toHaveLength(1);
  });

  test("is tested by one organizer ten times a day at most: each test takes a mail from everybody", async () => {
    const h = harness();
    const who = await owner(h);
    const id = await draft(h, who);
    const press = async () => {
      const answer = await h.form(`/organize/in-step/updates/${id}/test`, {}, who);
      return answer.status;
    };
    for (let at = 0; at < 10; at++) expect(await press()).toBe(303);
    expect(await press()).toBe(429);
  });

  test("that was handed over does not reach somebody who withdrew before it left", async () => {
    const h = harness();
    const who = await owner(h);
    const token = await askAndRead(h, { email: "quitter@example.com", updates: true });
    await confirmWith(h, token);
    const readers = await openForUpdates(h);
    const id = await draft(h, who);
    await h.form(`/organize/in-step/updates/${id}/test`, {}, who);
    await to(h, who, id, "sending");
    const answer = await h.post(`${API}/updates/${id}/mails`, { mails: readers }, who);
    expect(await answer.json()).toEqual({ handed: 1 });
    expect((await h.post("/api/v1/withdrawals", { token })).status).toBe(200);
    await h.deliver();
    expect(await updatesFor("quitter@example.com")).toHaveLength(0);
  });

  test("goes to nobody who did not ask: no address without its ticket, none of another row, none that withdrew", async () => {
    const h = harness();
    const who = await owner(h);
    await askForUpdates(h, 3);
    const token = await askAndRead(h, { email: "quitter@example.com", updates: true });
    await confirmWith(h, token);
    const readers = await openForUpdates(h);
    expect(readers).toHaveLength(4);
    await h.post("/api/v1/withdrawals", { token });
    const id = await draft(h, who);
    await h.form(`/organize/in-step/updates/${id}/test`, {}, who);
    await to(h, who, id, "sending");
    const [quitter, first, second, third] = readers as [Handed, Handed, Handed, Handed];
    const mails = [
      { ...first, email: "stranger@example.com" },
      { ...first, id: second.id },
      { ...second, ticket: first.ticket },
      { ...second, ticket: "" },
      quitter,
      third,
    ];
    const answer = await h.post(`${API}/updates/${id}/mails`, { mails }, who);
    expect(await answer.json()).toEqual({ handed: 1 });
    await h.deliver();
    expect(await updatesFor(third.email)).toHaveLength(1);
    for (const email of ["stranger@example.com", first.email, second.email, quitter.email]) {
      expect(await updatesFor(email), email).toHaveLength(0);
    }
  });
});

test("organizers get one mail at a quarter, a half, three quarters and all of the goal", async () => {
  const h = harness({ TALLY_TOTAL_STEP: "1" });
  await publishTallies(h.make());
  await owner(h);
  await member(h, "viewer");
  await h.db.prepare("UPDATE campaigns SET goal = 8 WHERE slug = 'in-step'").run();
  const reached: string[] = [];
  for (let at = 0; at < 8; at++) {
    await confirmWith(h, await askAndRead(h, { email: `m${at}@example.com` }));
    h.clock.advance(HOUR);
    await publishTallies(h.make());
    await tellMilestones(h.make());
    await tellMilestones(h.make());
    await h.deliver();
    const mails = (await inbox("viewer@example.org")).filter(({ subject }) => /goal/.test(subject));
    const newest = /reached (\d+) %/.exec(mails.at(-1)?.text.replaceAll("*", "") ?? "")?.[1];
    if (mails.length > reached.length) reached.push(newest!);
    expect(mails).toHaveLength(reached.length);
  }
  expect(reached).toEqual(["25", "50", "75", "100"]);
  const owners = (await inbox("owner@example.org")).filter(({ subject }) => /goal/.test(subject));
  expect(owners).toHaveLength(4);
});
