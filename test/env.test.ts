import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { readSettings, type Env } from "../src/env.ts";

const local = () => ({ ...(env as unknown as Env) });
const production = (over: Record<string, unknown> = {}): Env => ({
  ...local(),
  STAGE: "production",
  PUBLIC_ORIGIN: "https://tandem.org",
  MAIL_FROM: "In step <campaign@tandem.org>",
  MASTER_SECRET: "kX2-nothing-anyone-would-guess-0123456789",
  RESEND_API_KEY: "re_8fK2xyzqqq",
  OPERATOR_TOKEN: "9c1f0a6e5d4b3a2f1e0d9c8b",
  RESEND_BASE_URL: undefined,
  DNS_URL: undefined,
  ...over,
});

describe("the Worker refuses to start", () => {
  test("without a secret, and names it", () => {
    expect(() => readSettings({ ...local(), MASTER_SECRET: undefined })).toThrow(/MASTER_SECRET/);
    expect(() => readSettings({ ...local(), MASTER_SECRET: "short" })).toThrow(/MASTER_SECRET/);
  });
  test("with mail sent to a host that is neither Resend’s nor this machine", () => {
    expect(() => readSettings({ ...local(), RESEND_BASE_URL: "https://evil.test" })).toThrow(
      /RESEND_BASE_URL/,
    );
  });
  test.each([
    ["RESEND_BASE_URL", "http://localhost:8788"],
    ["PUBLIC_ORIGIN", "http://tandem.org"],
    ["PUBLIC_ORIGIN", "https://tandem.example"],
    ["MAIL_FROM", "Tandem <campaign@tandem.example>"],
    ["MAIL_FROM", "Sanctions in step <hello@tandem.org>"],
    ["MAIL_FROM", "Tandem <hello@free-belarus.org>"],
    ["QUICK_LEAVE_URL", "http://weather.org/"],
    ["INBOUND_ADDRESS", "post@tandem.example"],
    ["INBOUND_ADDRESS", "post@free-belarus.org"],
    ["DNS_URL", "http://localhost:8788/dns-query"],
    ["QUICK_LEAVE_URL", "https://tandem.org/en"],
    ["MASTER_SECRET", "change-me-change-me-change-me-change-me"],
    ["RESEND_API_KEY", "re_test_123456"],
    ["OPERATOR_TOKEN", "local-operator-token-123456"],
  ])("in production with %s = %s", (name, value) => {
    expect(() => readSettings(production({ [name]: value }))).toThrow(name);
  });
  test("where a cached page could be older than ten seconds", () => {
    expect(() => readSettings({ ...local(), TOTAL_MAX_AGE_S: "8" })).toThrow(/STALE_S/);
  });
  test("and never prints the value of a secret", () => {
    const secret = "change-me-a-very-secret-value-123456";
    try {
      readSettings(production({ MASTER_SECRET: secret }));
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(secret);
    }
  });
});

test("with good settings it starts, and unset limits are the safe ones", () => {
  const settings = readSettings(
    production({
      MAIL_PER_DAY: undefined,
      MAIL_PER_MONTH: undefined,
      MAIL_REQUESTS_PER_SECOND: undefined,
    }),
  );
  expect(settings).toMatchObject({
    RESEND_BASE_URL: "https://api.resend.com",
    MAIL_PER_DAY: 100,
    MAIL_PER_MONTH: 3_000,
    MAIL_REQUESTS_PER_SECOND: 5,
    BODY_BYTES: 16_384,
  });
});
