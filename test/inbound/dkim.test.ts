import { beforeAll, describe, expect, test } from "vitest";
import { isSignedBy } from "../../src/inbound/dkim.ts";
import { parseMessage } from "../../src/inbound/message.ts";
import { utf8, type Bytes } from "../../src/lib/bytes.ts";

const lines = (...all: string[]) => all.join("\r\n");
const NOW = Date.parse("2026-11-25T12:00:00Z");
const holds = (raw: string, domain: string, keys: Record<string, string>, now = NOW) => {
  const message = parseMessage(utf8(raw));
  if (!message) throw new Error("no mail");
  return isSignedBy(message, domain, async (name) => keys[name] ?? null, now);
};

describe("the mail that RFC 8463 signs, in appendix A", () => {
  const ED25519 = lines(
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;",
    " d=football.example.com; i=@football.example.com;",
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :",
    " subject : date : message-id : from : subject : date;",
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus",
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==",
    "",
  );
  const RSA = lines(
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;",
    " d=football.example.com; i=@football.example.com;",
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :",
    " date : message-id : from : subject : date;",
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3",
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz",
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
    "",
  );
  const MAIL = lines(
    "From: Joe SixPack <joe@football.example.com>",
    "To: Suzie Q <suzie@shopping.example.net>",
    "Subject: Is dinner ready?",
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>",
    "",
    "Hi.",
    "",
    "We lost the game.  Are you hungry yet?",
    "",
    "Joe.",
    "",
  );
  const KEYS = {
    "brisbane._domainkey.football.example.com":
      "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test._domainkey.football.example.com":
      "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
  };
  test.each([
    ["Ed25519", ED25519],
    ["RSA", RSA],
    ["both", ED25519 + RSA],
  ])("holds by %s, for its domain alone, and not once a word is another", async (_, signature) => {
    expect(await holds(signature + MAIL, "football.example.com", KEYS)).toBe(true);
    expect(await holds(signature + MAIL, "example.com", KEYS)).toBe(false);
    expect(await holds(signature + MAIL, "football.example.com", {})).toBe(false);
    for (const [was, is] of [
      ["hungry", "angry"],
      ["dinner", "supper"],
      ["joe@", "jim@"],
    ] as const) {
      expect(await holds(signature + MAIL.replace(was, is), "football.example.com", KEYS)).toBe(
        false,
      );
    }
  });
});

describe("what a provider signs in other forms", () => {
  let pair: CryptoKeyPair;
  let keys: Record<string, string>;
  const b64 = (bytes: Bytes) => btoa(String.fromCharCode(...bytes));
  beforeAll(async () => {
    pair = (await crypto.subtle.generateKey(
      {
        name: "RSASSA-PKCS1-v1_5",
        modulusLength: 2_048,
        publicExponent: Uint8Array.of(1, 0, 1),
        hash: "SHA-256",
      },
      true,
      ["sign", "verify"],
    )) as CryptoKeyPair;
    const spki = new Uint8Array(
      (await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer,
    );
    keys = { "k._domainkey.a.example": `p=${b64(spki)}` };
  });

  const HEAD = ["From: Ada <ada@a.example>", "Subject:  a \t b ", "X-Two: first", "X-Two: second"];
  const FORM = "v=1; a=rsa-sha256; d=a.example; s=k; ";
  /** Signs what the test itself says that the canonical form is. */
  async function signed(tags: string, canonicalHead: string, canonicalBody: string, raw: string) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(canonicalBody)));
    const value = `${tags}bh=${b64(hash)}; b=`;
    const name = tags.includes("c=relaxed") ? "dkim-signature:" : "DKIM-Signature: ";
    const bytes = utf8(canonicalHead + name + value);
    const signature = new Uint8Array(
      await crypto.subtle.sign("RSASSA-PKCS1-v1_5", pair.privateKey, bytes),
    );
    return lines(`DKIM-Signature: ${value}${b64(signature)}`, raw);
  }
  const simpleHead = "From: Ada <ada@a.example>\r\nSubject:  a \t b \r\n";
  const mail = (body: string, head = HEAD) => lines(...head, "", body);

  test.each([
    [
      "a simple body",
      `${FORM}h=from:subject; `,
      simpleHead,
      "Hi  \r\n\r\nyou\r\n",
      "Hi  \r\n\r\nyou\r\n\r\n\r\n",
    ],
    ["a simple body without an end", `${FORM}h=from:subject; `, simpleHead, "Hi\r\n", "Hi"],
    ["an empty simple body", `${FORM}h=from:subject; `, simpleHead, "\r\n", ""],
    [
      "an empty relaxed body",
      `${FORM}c=simple/relaxed; h=from:subject; `,
      simpleHead,
      "",
      "\r\n \r\n",
    ],
    [
      "a relaxed body",
      `${FORM}c=simple/relaxed; h=from:subject; `,
      simpleHead,
      "Hi you\r\n\r\n x\r\n",
      "Hi \t you \t\r\n \r\n  x\r\n\r\n",
    ],
    [
      "relaxed headers",
      `${FORM}c=relaxed; h=from:subject; `,
      "from:Ada <ada@a.example>\r\nsubject:a b\r\n",
      "Hi\r\n",
      "Hi\r\n",
    ],
    [
      "headers that stand there twice, from below",
      `${FORM}h=from:subject:x-two:x-two:x-two; `,
      `${simpleHead}X-Two: second\r\nX-Two: first\r\n`,
      "Hi\r\n",
      "Hi\r\n",
    ],
  ])("holds: %s", async (_, tags, head, body, raw) => {
    expect(await holds(await signed(tags, head, body, mail(raw)), "a.example", keys)).toBe(true);
  });

  test("holds where a header ends in a letter whose last byte looks like a space", async () => {
    const head = [...HEAD, "X-Town: Nysà"];
    const canonical = "from:Ada <ada@a.example>\r\nsubject:a b\r\nx-town:Nysà\r\n";
    const raw = await signed(
      `${FORM}c=relaxed; h=from:subject:x-town; `,
      canonical,
      "Hi\r\n",
      mail("Hi\r\n", head),
    );
    expect(await holds(raw, "a.example", keys)).toBe(true);
  });

  test.each([
    ["that leaves the subject out", `${FORM}h=from; `, "From: Ada <ada@a.example>\r\n"],
    ["of a part of the text", `${FORM}l=2; h=from:subject; `, simpleHead],
    ["that is over", `${FORM}x=1000; h=from:subject; `, simpleHead],
    ["whose end is no number", `${FORM}x=never; h=from:subject; `, simpleHead],
    ["for a domain that is not below its own", `${FORM}i=@b.example; h=from:subject; `, simpleHead],
    ["of another version", `v=2; a=rsa-sha256; d=a.example; s=k; h=from:subject; `, simpleHead],
    ["by SHA-1", `v=1; a=rsa-sha1; d=a.example; s=k; h=from:subject; `, simpleHead],
    ["that says something twice", `${FORM}d=a.example; h=from:subject; `, simpleHead],
  ])("does not hold: a signature %s", async (_, tags, head) => {
    const raw = await signed(tags, head, "Hi\r\n", mail("Hi\r\n"));
    expect(await holds(raw, "a.example", keys)).toBe(false);
  });

  test("does not hold by a key that was taken back, is none, or is for something else", async () => {
    const raw = await signed(`${FORM}h=from:subject; `, simpleHead, "Hi\r\n", mail("Hi\r\n"));
    const name = "k._domainkey.a.example";
    const record = keys[name]!;
    expect(await holds(raw, "a.example", keys)).toBe(true);
    for (const other of [
      "p=",
      "v=DKIM1",
      "p=AAAA",
      `v=DKIM2; ${record}`,
      `k=ed25519; ${record}`,
      `h=sha1; ${record}`,
    ]) {
      expect(await holds(raw, "a.example", { [name]: other }), other).toBe(false);
    }
  });
});
