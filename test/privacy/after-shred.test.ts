import { expect, test } from "vitest";
import { readAnyCampaign } from "../../src/campaigns/save.ts";
import { hex, type Bytes } from "../../src/lib/bytes.ts";
import { canonicalEmail, mailboxOf, NEWEST_EMAIL_RULES } from "../../src/lib/email.ts";
import { keyring, mac, macWith, open, type Keyring } from "../../src/lib/sealing.ts";
import { officeLink } from "../../src/letters/opt-out.ts";
import { forgetOldMail } from "../../src/mail/forget.ts";
import { stopMail } from "../../src/mail/suppress.ts";
import { rewrap } from "../../src/organizers/rewrap.ts";
import { shred } from "../../src/privacy/shred.ts";
import { tokenKey } from "../../src/secrets/read.ts";
import { readSession, SESSION_COOKIE } from "../../src/signatures/session.ts";
import { openConfirmToken, splitConfirmToken } from "../../src/signatures/tokens.ts";
import { asking, askAndRead, confirmWith, harness, tokenIn, inbox } from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { rowsOf, type Tables } from "../support/db.ts";
import { NOTE, putRecipients, sending, signedIn } from "../support/letters.ts";

const NEW = "another-master-secret-that-is-long-enough";
const SIGNER = "signer@example.com";
const STRANGER = "stranger@example.com";
const CAMPAIGN = "in-step";

type Cell = [place: string, bytes: Bytes];

const fromHex = (text: string): Bytes =>
  Uint8Array.from(text.match(/../g)!, (pair) => parseInt(pair, 16));

/** Every blob of every row, and every hash that is written in hex. */
function blobs(tables: Tables): Cell[] {
  return Object.entries(tables).flatMap(([table, rows]) =>
    rows.flatMap((row) =>
      Object.entries(row).flatMap(([column, value]): Cell[] =>
        Array.isArray(value)
          ? [[`${table}.${column}`, Uint8Array.from(value as number[])]]
          : typeof value === "string" && /^[0-9a-f]{64}$/.test(value)
            ? [[`${table}.${column}`, fromHex(value)]]
            : [],
      ),
    ),
  );
}

const PURPOSES = ["envelope", "batch", "pepper", "letters", "organizers", "secrets"] as const;

/** What the keys of this ring open of all that is sealed in these rows: every purpose, every context. */
async function openedBy(ring: Keyring, tables: Tables): Promise<Cell[]> {
  const names = Object.values(tables)
    .flatMap((rows) => rows.flatMap((row) => [row["id"], row["name"], row["campaign"]]))
    .map(String);
  const contexts = [...new Set(names)].flatMap((name) =>
    ["pepper", "secret", "mail", "letter", "batch"].map((what) => `${what}|${name}`),
  );
  const found: Cell[] = [];
  for (const [place, sealed] of blobs(tables)) {
    for (const purpose of PURPOSES) {
      const key = await ring.aes(purpose);
      // A seal names its key: where that is another, no context opens it.
      if (hex(sealed.slice(1, 5)) !== hex(key.id)) continue;
      for (const context of ["organizer", ...contexts]) {
        const plain = await open(key, sealed, context);
        if (plain) found.push([place, plain]);
      }
    }
  }
  return found;
}

/** Everything that can be computed of an address under some keys, as this project computes it. */
async function hashesOf(
  keys: { ring: Keyring; secrets: Bytes[] },
  address: string,
  days: string[],
  recipients: string[],
): Promise<Set<string>> {
  const mailbox = mailboxOf(address);
  const texts = [
    canonicalEmail(address, NEWEST_EMAIL_RULES),
    canonicalEmail(address, 1),
    `spelling|${address}`,
    `mailbox|${mailbox}`,
    mailbox,
    `domain|${mailbox.slice(mailbox.lastIndexOf("@") + 1)}`,
    ...days.flatMap((day) => [
      `${day}|press|${address}`,
      `${day}|confirmation|${mailbox}`,
      `${day}|confirmation|${CAMPAIGN}|${mailbox}`,
      `${day}|letter|${mailbox}`,
      `${day}|letter-domain|${mailbox.slice(mailbox.lastIndexOf("@") + 1)}`,
    ]),
  ];
  const found = new Set<string>();
  const add = (bytes: Bytes) => void found.add(hex(bytes));
  for (const text of texts) {
    for (const purpose of [
      "limits",
      "organizers",
      "suppressions",
      "letters",
      "envelope",
    ] as const) {
      add(await mac(await keys.ring.hmac(purpose), text));
    }
    for (const secret of keys.secrets) add(await macWith(secret, text));
  }
  // What rests on the hash of the address: marks of letters.
  const direct = [...found];
  for (const known of direct) {
    for (const secret of keys.secrets) {
      for (const day of days) {
        add(await macWith(secret, `self|${day}|${known}`));
      }
      add(await macWith(secret, `writer|${CAMPAIGN}|${known}`));
      add(await macWith(secret, `own|${CAMPAIGN}|${known}`));
      for (const one of recipients) {
        add(await macWith(secret, `pair|${CAMPAIGN}|${known}|${one}|`));
        add(await macWith(secret, `say|${CAMPAIGN}|${known}|${one}|sent`));
      }
    }
  }
  return found;
}

/** Where somebody who holds a secret and these rows finds an address again: opened, or as a hash. */
async function traces(master: string, tables: Tables, address: string): Promise<string[]> {
  const ring = keyring(master);
  const opened = await openedBy(ring, tables);
  const secrets = opened.map(([, plain]) => plain).filter((plain) => plain.length === 32);
  const cells = Object.values(tables).flat();
  const days = [...new Set(cells.flatMap((row) => [row["day"], row["asked_on"]]).map(String))];
  const recipients = [...new Set((tables["letters"] ?? []).map((row) => String(row["recipient"])))];
  const hashes = await hashesOf({ ring, secrets }, address, days, recipients);
  const decoder = new TextDecoder();
  const read = opened
    .filter(([, plain]) => decoder.decode(plain).includes(address))
    .map(([place]) => place);
  const hashed = blobs(tables)
    .filter(([, bytes]) => hashes.has(hex(bytes)))
    .map(([place]) => place);
  return [...new Set([...read, ...hashed])].toSorted();
}

test("after a shred and a rotation, the rows from before and the new secret together cannot tell a signer from a stranger", async () => {
  const h = harness();
  await putRecipients(h.db);
  await h.db.prepare("UPDATE campaigns SET server_letters = 1, held_words = '[\"aunt\"]'").run();
  const { session } = await signedIn(h, SIGNER);
  await h.post("/api/v1/campaigns/in-step/letters", sending(session, { note: NOTE }));
  await h.post(
    "/api/v1/campaigns/in-step/letters",
    sending(session, { channel: "self", recipients: ["de-2"] }),
  );
  const cookie = `__Host-${SESSION_COOKIE}=${session}`;
  const said = { to: "de-1", what: "sent", country: "DE" };
  expect((await h.form("/en/in-step/letters/say", said, { cookie })).status).toBe(200);
  const campaign = await readAnyCampaign(h.make(), CAMPAIGN);
  const letter = { recipient: "de-1", campaign: CAMPAIGN, email: SIGNER, language: "en" };
  const { link: stop } = await officeLink(h.make(), campaign, letter);
  const office = stop.slice(TEST_BINDINGS.PUBLIC_ORIGIN.length);
  expect((await h.form(office, { wish: "writer" })).status).toBe(303);
  await confirmWith(h, await askAndRead(h, { email: "other@example.com" }));
  await stopMail(h.make(), SIGNER);
  const token = tokenIn((await inbox(SIGNER))[0]!);
  // One more mail waits: for the signer, as anybody can ask.
  await h.post("/api/v1/campaigns/in-step/signatures", asking({ email: SIGNER }));
  const link = (await splitConfirmToken(token))!;
  expect(await openConfirmToken(h.make(), link)).not.toBeNull();
  const before = await rowsOf(h.db);

  const { db } = h;
  await db.prepare("UPDATE campaigns SET status = 'closed'").run();
  await shred(h.make(), "operator", CAMPAIGN);
  const secrets = { MASTER_SECRET: NEW, MASTER_SECRET_PREVIOUS: TEST_BINDINGS.MASTER_SECRET };
  const both = harness(secrets, { clock: h.clock });
  await rewrap(both.make());
  await both.deliver();
  await forgetOldMail(both.make());
  const after = await rowsOf(db);

  // The attack is real: with the secret of that time, the same program finds the signer.
  const master = TEST_BINDINGS.MASTER_SECRET;
  const known = await traces(master, before, SIGNER);
  for (const place of [
    "letter_opt_outs.about",
    "letter_says.mark",
    "letter_says.own",
    "letters.own",
    "letter_writers.writer",
    "letters.domain_day",
    "letters.pair",
    "letters.sealed",
    "letters.writer",
    "letters.writer_day",
    "letter_limits.key",
    "mail.sealed",
    "mail_limits.key",
    "signatures.email_hash",
    "suppressions.address_hash",
  ]) {
    expect(known, place).toContain(place);
  }
  // Of somebody else at that domain, nothing but the domain.
  const ofDomain = ["letters.domain_day", "mail_outcomes.scope"];
  expect(await traces(master, before, STRANGER)).toEqual(ofDomain);
  // With the new one it finds nothing in them, and so nobody.
  expect(await traces(NEW, before, SIGNER)).toEqual([]);
  expect(await openedBy(keyring(NEW), before)).toEqual([]);
  // The rows of today beside them: stored secrets open, and give nothing that rests on the pepper.
  const today = await openedBy(keyring(NEW), after);
  expect(today.map(([place]) => place)).toContain("secrets.wrapped");
  const together: Tables = { ...before, secrets: after["secrets"]! };
  // That an address wants no mail is no campaign’s, and is told by no signature.
  expect(await traces(NEW, together, SIGNER)).toEqual(["suppressions.address_hash"]);

  // Links and sessions that were out open no more, and the secrets of before make none.
  const now = harness({ MASTER_SECRET: NEW }, { clock: h.clock });
  expect(await openConfirmToken(now.make(), link)).toBeNull();
  expect(await readSession(now.make(), session, CAMPAIGN)).toBeNull();
  await db.batch(
    before["secrets"]!.map((row) =>
      db
        .prepare("UPDATE secrets SET wrapped = ?2 WHERE name = ?1")
        .bind(row["name"], Uint8Array.from(row["wrapped"] as number[])),
    ),
  );
  const then = harness({ MASTER_SECRET: NEW }, { clock: h.clock });
  await expect(tokenKey(then.make(), "confirm")).rejects.toThrow("secret.unreadable");
});
