/** A campaign with full tables, the people who meet it, and harnesses that count. */
import { readAnyCampaign } from "../../src/campaigns/save.ts";
import { newKeyPair, openerOf, openWith } from "../../src/lib/sealing.ts";
import { base64url, fromBase64url } from "../../src/lib/bytes.ts";
import { officeLink } from "../../src/letters/opt-out.ts";
import { mintStopToken } from "../../src/mail/suppress.ts";
import { askAndRead, confirmWith, harness, TestClock, type Harness } from "../support/app.ts";
import { TEST_BINDINGS, TEST_KEY } from "../support/bindings.ts";
import { OPEN } from "../support/inbound.ts";
import { owner, signInToken } from "../support/organizers.ts";
import { fill, letterOf } from "./fill.ts";
import { Meter } from "./meter.ts";

type Headers = Record<string, string>;

/** A Monday on which the offices on both sides of the ocean are open. */
export const MONDAY = Date.parse("2026-11-23T15:00:00Z");

/** What wrangler.toml leaves at its defaults, where tests have other values. */
const DEFAULTS = {
  MAIL_BATCHES_PER_RUN: "1",
  MAIL_REQUESTS_PER_SECOND: "5",
  MAIL_UNPROVED: "20",
  MAIL_UNPROVED_PER_DOMAIN: "5",
};
/** Resend's free plan, and a paid one whose mail is known to arrive: a batch of a hundred leaves. */
const FREE = { ...DEFAULTS, MAIL_PER_DAY: "100", MAIL_PER_MONTH: "3000" };
const PAID = {
  ...DEFAULTS,
  MAIL_PER_DAY: "50000",
  MAIL_PER_MONTH: "50000",
  MAIL_UNPROVED: "100000",
  MAIL_UNPROVED_PER_DOMAIN: "100000",
};

export const OPERATOR = { authorization: `Bearer ${TEST_BINDINGS.OPERATOR_TOKEN}` };
export const cookieOf = (session: string) => ({ cookie: `__Host-session=${session}` });

/** Everything that a case may use. Nothing of `plain` is counted. */
export interface World {
  clock: TestClock;
  meter: Meter;
  plain: Harness;
  free: Harness;
  paid: Harness;
  /** The free plan with the second door open. */
  door: Harness;
  /** By the real clock, which Resend's SDK compares signatures with. */
  real: Harness;
  owner: Headers;
  signInLink: string;
  stopToken: string;
  /** The link under a letter to an office. */
  officePath: string;
  /** Links of mails that nobody has pressed yet, and of people whose signatures stand. */
  ready: string[];
  signed: { email: string; token: string; session: string }[];
  bytesPerSignature: number;
  /** Runs SQL that no invocation is charged for. */
  set: (sql: string, ...values: unknown[]) => Promise<void>;
}

const personOf = (name: string) => ({ email: `${name}@example.com`, country: "DE", updates: true });

/** Makes the campaign, its people and its full tables. */
export async function makeWorld(): Promise<World> {
  const clock = new TestClock(MONDAY);
  const plain = harness({}, { clock });
  const who = await owner(plain);
  clock.advance(plain.make().settings.SIGN_IN_EVERY_MS);
  await plain.form("/organize/sign-in", { email: "owner@example.org" });
  await plain.deliver();
  const signInLink = await signInToken("owner@example.org");
  const ready: string[] = [];
  for (let n = 0; n < 4; n++) ready.push(await askAndRead(plain, personOf(`ready-${n}`)));
  const signed: World["signed"] = [];
  for (let n = 0; n < 6; n++) {
    const person = personOf(`signed-${n}`);
    const token = await askAndRead(plain, person);
    const { body } = await confirmWith(plain, token, "Ada Lovelace");
    signed.push({ email: person.email, token, session: body["session"]! });
  }
  const sealed = await plain.db
    .prepare("SELECT MAX(length(sealed)) AS n FROM signatures")
    .first("n");
  const bytesPerSignature = await fill(plain.make(), Number(sealed), signed[0]!.email);
  await plain.db
    .prepare(
      `INSERT INTO roles (campaign, organizer, role) SELECT c.slug, o.id, 'owner'
       FROM campaigns c, organizers o WHERE o.may_create = 1 ON CONFLICT DO NOTHING`,
    )
    .run();
  const campaign = await readAnyCampaign(plain.make(), "in-step");
  const { link } = await officeLink(plain.make(), campaign, letterOf(3, "stop@example.com"));
  return {
    ...harnesses(clock),
    clock,
    plain,
    owner: who,
    signInLink,
    stopToken: await mintStopToken(plain.make(), "stop@example.com"),
    officePath: link.slice(TEST_BINDINGS.PUBLIC_ORIGIN.length),
    ready,
    signed,
    bytesPerSignature,
    set: async (sql, ...values) => {
      await plain.db
        .prepare(sql)
        .bind(...values)
        .run();
    },
  };
}

/** Harnesses over one meter; `source` answers for what `Deps.fetch` asks. */
export function harnesses(clock: TestClock, source?: typeof fetch) {
  const meter = new Meter(source);
  const parts = { ...meter.parts, clock };
  return {
    meter,
    free: harness(FREE, parts),
    paid: harness(PAID, parts),
    door: harness({ ...FREE, ...OPEN }, parts),
    real: harness(FREE, { ...parts, clock: new TestClock(Date.now()) }),
  };
}

/** What the page of keys sends: a second key beside the one that there is, each proved. */
export async function provedKeys({ plain, owner: who }: World) {
  const fresh = await newKeyPair();
  const publicKeys = [TEST_KEY.publicKey, base64url(fresh.publicKey)];
  const answer = await plain.post("/organize/api/campaigns/in-step/seals", { publicKeys }, who);
  const { seals } = await answer.json<{ seals: string[] }>();
  const first = await openerOf(
    fromBase64url(TEST_KEY.privateKey)!,
    fromBase64url(TEST_KEY.publicKey)!,
  );
  const second = await openerOf(fresh.privateKey, fresh.publicKey);
  const proof = await openWith(first, fromBase64url(seals[0]!)!, "proof|in-step");
  const secondProof = await openWith(second, fromBase64url(seals[1]!)!, "proof|in-step");
  return {
    publicKey: publicKeys[0]!,
    secondKey: publicKeys[1]!,
    proof,
    secondProof,
    oldProof: proof,
  };
}
