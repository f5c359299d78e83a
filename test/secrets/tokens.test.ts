import { describe, expect, test } from "vitest";
import { base64url, utf8 } from "../../src/lib/bytes.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { keyring, sha256 } from "../../src/lib/sealing.ts";
import { mintToken, readToken, TOKEN_PURPOSES, type TokenPurpose } from "../../src/lib/tokens.ts";
import { tokenKey } from "../../src/secrets/read.ts";
import { askAndRead, confirmWith, harness, inbox, total, type Harness } from "../support/app.ts";
import { TEST_BINDINGS } from "../support/bindings.ts";
import { signedIn } from "../support/letters.ts";

const OPERATOR = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
const replace = (h: Harness, purpose: string) =>
  h.post("/organize/api/secrets/tokens", { purpose }, OPERATOR);

/** What somebody with a master secret and their own withdrawal secret can make of an address. */
async function forge(h: Harness, masterSecret: string, email: string): Promise<string[]> {
  const secret = systemRandom.bytes(16);
  const body = {
    campaign: "in-step",
    email,
    country: "PL",
    locale: "en",
    consentVersion: "2026-11",
    careful: false,
    updates: false,
    ref: null,
    issuedAt: h.clock.now(),
    secretHash: base64url(await sha256(secret)),
  };
  const ring = keyring(masterSecret);
  const guesses = [
    await ring.aes("token"),
    ...(await Promise.all(
      [new Uint8Array(), new Uint8Array(32), utf8("token-confirm")].map((bytes) =>
        ring.aes("token", { name: "confirm", bytes: new Uint8Array(bytes) }),
      ),
    )),
  ];
  return Promise.all(
    guesses.map(async (key) => {
      const until = h.clock.now() + 86_400_000;
      const sealed = await mintToken(key, systemRandom, "confirm", body, until);
      return `${sealed}.${base64url(secret)}`;
    }),
  );
}

describe("the master secret alone", () => {
  test("mints no link: what it makes of a signer and of a stranger gets the same answer", async () => {
    const h = harness();
    await confirmWith(h, await askAndRead(h, { email: "signer@example.com" }));
    for (const email of ["signer@example.com", "stranger@example.com"]) {
      for (const token of await forge(h, TEST_BINDINGS.MASTER_SECRET, email)) {
        expect((await h.get(`/en/confirm?t=${token}`)).status, email).toBe(400);
        expect((await confirmWith(h, token)).body["code"], email).toBe("token.broken");
        expect((await h.post("/api/v1/withdrawals", { token })).status, email).toBe(400);
      }
    }
    expect(await total(h)).toBe(1);
  });

  test("nor does a secret that was rotated away, while its seals still open", async () => {
    const h = harness();
    await confirmWith(h, await askAndRead(h, { email: "signer@example.com" }));
    const both = harness(
      {
        MASTER_SECRET: "another-master-secret-that-is-long-enough",
        MASTER_SECRET_PREVIOUS: TEST_BINDINGS.MASTER_SECRET,
      },
      { clock: h.clock },
    );
    for (const token of await forge(both, TEST_BINDINGS.MASTER_SECRET, "signer@example.com")) {
      expect((await both.get(`/en/confirm?t=${token}`)).status).toBe(400);
    }
  });
});

describe("a token’s secret that an operator replaces", () => {
  test("closes the links that are out; what withdraws does not depend on it", async () => {
    const h = harness();
    const signed = await askAndRead(h);
    await confirmWith(h, signed);
    const unused = await askAndRead(h, { email: "unused@example.com" });
    expect((await replace(h, "confirm")).status).toBe(204);
    expect((await confirmWith(h, unused)).status).toBe(400);
    expect((await h.post("/api/v1/withdrawals", { token: signed })).status).toBe(200);
    h.clock.advance(86_400_000);
    const fresh = await askAndRead(h, { email: "unused@example.com" });
    expect((await confirmWith(h, fresh)).body["status"]).toBe("confirmed");
    const log = await h.db.prepare("SELECT act, organizer, after FROM audit").all();
    expect(log.results).toEqual([
      { act: "secret.replaced", organizer: "operator", after: '{"purpose":"confirm"}' },
    ]);
  });

  test("ends sessions and links that stop mail, each by itself", async () => {
    const h = harness();
    const { session } = await signedIn(h, "ada@example.com", "PL");
    const knows = async () =>
      (
        await (
          await h.request("/en/in-step/thanks", {
            headers: { cookie: `__Host-session=${session}` },
          })
        ).text()
      ).includes("You are counted");
    const stop = new URL(
      /<(.+)>/.exec((await inbox("ada@example.com"))[0]!.headers["List-Unsubscribe"]!)![1]!,
    );
    await replace(h, "stop");
    expect((await h.get(stop.pathname + stop.search)).status).toBe(400);
    expect(await knows()).toBe(true);
    await replace(h, "session");
    expect(await knows()).toBe(false);
  });
});

test("a token of one purpose opens as no other", async () => {
  const h = harness();
  const deps = h.make();
  const key = async (purpose: TokenPurpose) => tokenKey(deps, purpose);
  for (const purpose of TOKEN_PURPOSES) {
    const until = h.clock.now() + 1_000;
    const token = await mintToken(await key(purpose), systemRandom, purpose, { a: 1 }, until);
    for (const other of TOKEN_PURPOSES) {
      const read = await readToken(await key(other), other, token, h.clock.now());
      expect(read.state === "valid", `${purpose} as ${other}`).toBe(purpose === other);
    }
  }
});
