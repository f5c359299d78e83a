import { describe, expect, test } from "vitest";
import { base64url, blob, hex } from "../../src/lib/bytes.ts";
import { csvLine } from "../../src/lib/csv.ts";
import { newKeyPair } from "../../src/lib/sealing.ts";
import { lockKey, printKey, readKey, type KeyFile } from "../../src/signatures/key-file.ts";
import { unsealToCsv, CSV_HEAD, exportHeadLine } from "../../src/signatures/unseal.ts";
import { askAndRead, confirmWith, harness, type Harness } from "../support/app.ts";
import { TEST_KEY } from "../support/bindings.ts";

const KEY: KeyFile = {
  format: "tandem-key/1",
  campaign: "in-step",
  publicKey: TEST_KEY.publicKey,
  privateKey: TEST_KEY.privateKey,
};

interface Row {
  id: ArrayBuffer;
  signedOn: string;
  country: string;
  sealed: ArrayBuffer;
}
async function stored(h: Harness): Promise<Row[]> {
  const query = h.db.prepare(
    "SELECT id, signed_on AS signedOn, country, sealed FROM signatures ORDER BY id",
  );
  return (await query.all<Row>()).results;
}

async function exported(h: Harness): Promise<string[]> {
  const rows = (await stored(h)).map(({ id, sealed }) =>
    JSON.stringify({ id: hex(blob(id)), sealed: hex(blob(sealed)), second: null }),
  );
  return [exportHeadLine("in-step"), ...rows];
}

/** As exports were until November 2026. */
async function exportedBefore(h: Harness): Promise<string[]> {
  const rows = (await stored(h)).map((row) =>
    JSON.stringify({ ...row, id: base64url(blob(row.id)), sealed: base64url(blob(row.sealed)) }),
  );
  return [JSON.stringify({ format: "tandem-export/1", campaign: "in-step" }), ...rows];
}

async function csvOf(key: KeyFile, lines: string[]) {
  const damaged: [number, string][] = [];
  let csv = "";
  for await (const line of unsealToCsv(key, lines, (number, why) => damaged.push([number, why]))) {
    csv += line;
  }
  return { csv, damaged };
}

async function signAs(h: Harness, email: string, name: string, updates = false): Promise<void> {
  await confirmWith(h, await askAndRead(h, { email, updates }), name);
}

describe("organizers open an export", () => {
  test("with their key: names, and addresses of those who asked for news", async () => {
    const h = harness();
    await signAs(h, "ada@example.com", "Żaneta, “Ż” 🕊", true);
    await signAs(h, "bob@example.com", "");
    const { csv, damaged } = await csvOf(KEY, await exported(h));
    expect(damaged).toEqual([]);
    const lines = csv.split("\r\n");
    expect(lines).toHaveLength(4);
    expect(`${lines[0]}\r\n`).toBe(CSV_HEAD);
    expect(csv).toContain(`Z,PL,"Żaneta, “Ż” 🕊",ada@example.com,en,2026-11`);
    expect(csv).not.toContain("bob@example.com");
  });

  test("made in the format before as well", async () => {
    const h = harness();
    await signAs(h, "ada@example.com", "Żaneta", true);
    await signAs(h, "bob@example.com", "Bob");
    expect(await csvOf(KEY, await exportedBefore(h))).toEqual(await csvOf(KEY, await exported(h)));
    const { damaged } = await csvOf(KEY, [...(await exportedBefore(h)), `{"id":"?","sealed":"A"}`]);
    expect(damaged).toEqual([[4, "not a row of an export"]]);
  });

  test.each(["=1+1", "+48", "-2"])("a spreadsheet takes the name %s for a text", async (name) => {
    const h = harness();
    await signAs(h, "ada@example.com", name);
    const { csv } = await csvOf(KEY, await exported(h));
    expect(csv).toContain(`,'${name},`);
  });

  test("a spreadsheet takes a name that begins with @, which the door refuses today, for a text", () => {
    expect(csvLine(["@SUM(A1)"])).toBe("'@SUM(A1)\r\n");
  });

  test("a wrong key says so and gives nothing", async () => {
    const h = harness();
    await signAs(h, "ada@example.com", "Ada");
    const pair = await newKeyPair();
    const other = {
      ...KEY,
      publicKey: base64url(pair.publicKey),
      privateKey: base64url(pair.privateKey),
    };
    await expect(csvOf(other, await exported(h))).rejects.toMatchObject({ code: "wrong_key" });
  });

  test("a damaged row is named and skipped, the others open", async () => {
    const h = harness();
    await signAs(h, "ada@example.com", "Ada");
    await signAs(h, "bob@example.com", "Bob");
    const lines = await exported(h);
    const row = JSON.parse(lines[1]!) as { sealed: string };
    const middle = row.sealed.length / 2;
    const flipped = row.sealed[middle] === "a" ? "b" : "a";
    row.sealed = row.sealed.slice(0, middle) + flipped + row.sealed.slice(middle + 1);
    lines[1] = JSON.stringify(row);
    const { csv, damaged } = await csvOf(KEY, [...lines, "{half a li"]);
    expect(damaged).toEqual([
      [2, "altered after it was made"],
      [4, "not a row of an export"],
    ]);
    expect(csv.split("\r\n")).toHaveLength(3);
  });

  test("another campaign’s export, a text that is none and an empty one are refused", async () => {
    await expect(csvOf(KEY, [exportHeadLine("other")])).rejects.toMatchObject({
      code: "other_campaign",
    });
    await expect(csvOf(KEY, ["name,email"])).rejects.toMatchObject({ code: "export" });
    await expect(csvOf(KEY, [])).rejects.toMatchObject({ code: "export" });
  });

  test("with the key in each form that it is kept in: plain, under a passphrase, printed and typed in again", async () => {
    expect(await readKey(JSON.stringify(KEY), null)).toMatchObject({ campaign: "in-step" });
    const locked = await lockKey(KEY, "a long passphrase, ż");
    expect(locked).not.toContain(KEY.privateKey);
    await expect(readKey(locked, null)).rejects.toMatchObject({ code: "passphrase_needed" });
    await expect(readKey(locked, "another")).rejects.toMatchObject({ code: "passphrase_wrong" });
    expect(await readKey(locked, "a long passphrase, ż")).toEqual(KEY);
    const printed = printKey(KEY);
    expect(await readKey(printed, null)).toEqual(KEY);
    expect(
      await readKey(`  ${printed.toUpperCase().replace(/ {2,}/g, " ")}\n`, null),
    ).toMatchObject({
      privateKey: KEY.privateKey,
    });
    for (const text of ["{}", "no", "", printed.slice(0, -3), printed.replace("public", "other")]) {
      await expect(readKey(text, null)).rejects.toMatchObject({ code: "not_ours" });
    }
  });
});
