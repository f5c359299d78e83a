import { readCampaign } from "../../src/campaigns/read.ts";
import type { Deps } from "../../src/deps.ts";
import { hex } from "../../src/lib/bytes.ts";
import { searchText, sortName } from "../../src/recipients/rules.ts";
import type { Recipient } from "../../src/recipients/schema.ts";
import { emailHash } from "../../src/signatures/pepper.ts";
import { mintSession } from "../../src/signatures/session.ts";
import { askAndRead, confirmWith, type Harness } from "./app.ts";

/** Somebody made up; `over` says what matters to a test. */
export function made(id: string, over: Partial<Recipient> = {}): Recipient {
  return {
    id,
    source: "ep",
    jurisdiction: "EU",
    name: "Lena MUSTER",
    givenName: "Lena",
    familyName: "Muster",
    officialName: null,
    country: "DE",
    state: null,
    district: null,
    group: "PPE",
    bodies: [],
    office: "mep",
    gender: "female",
    languages: ["de"],
    email: `${id}@parliament.example`,
    form: null,
    phone: null,
    photo: null,
    since: "2024-07-16",
    ...over,
  };
}

const senator = (id: string, familyName: string, over: Partial<Recipient> = {}) =>
  made(id, {
    source: "us",
    jurisdiction: "US",
    office: "senator",
    name: `Ada ${familyName}`,
    givenName: "Ada",
    familyName,
    country: "US",
    state: "CA",
    languages: ["en"],
    email: null,
    form: `https://congress.example/${id}`,
    phone: "202-555-0100",
    ...over,
  });

/** A small directory: four of Germany, one of Poland and of Sweden, two senators and a representative. */
export const DIRECTORY: Recipient[] = [
  made("de-1", { bodies: [{ code: "AFET", role: "member" }] }),
  made("de-2", { name: "Jan BEISPIEL", givenName: "Jan", familyName: "Beispiel", gender: "male" }),
  made("de-3", { name: "Kim O’VORLAGE", givenName: "Kim", familyName: "O’Vorlage", gender: null }),
  made("de-4", { name: "Uwe OHNE", givenName: "Uwe", familyName: "Ohne", email: null }),
  made("pl-1", {
    country: "PL",
    name: "Anna PRZYKŁAD",
    givenName: "Anna",
    familyName: "Przykład",
    languages: ["pl"],
    bodies: [{ code: "D-BY", role: "chair" }],
  }),
  made("se-1", {
    country: "SE",
    name: "Nils EXEMPEL",
    givenName: "Nils",
    familyName: "Exempel",
    gender: "male",
    languages: ["sv"],
  }),
  senator("us-1", "Sample"),
  senator("us-2", "Specimen", { gender: "male" }),
  senator("us-3", "Pattern", { office: "representative", district: 7 }),
  senator("us-4", "Elsewhere", { state: "NY" }),
];

/** Puts people into the directory. */
export async function putRecipients(db: D1Database, people: Recipient[] = DIRECTORY) {
  await db.batch(
    people.flatMap((one) => [
      db
        .prepare(
          `INSERT INTO recipients (id, source, campaign, jurisdiction, country, state, sort_name, search, data)
           VALUES (?1, ?2, NULL, ?3, ?4, ?5, ?6, ?7, ?8)`,
        )
        .bind(
          one.id,
          one.source,
          one.jurisdiction,
          one.country,
          one.state,
          sortName(one),
          searchText(one),
          JSON.stringify(one),
        ),
      ...one.bodies.map(({ code }) =>
        db
          .prepare(`INSERT INTO recipient_bodies (body, recipient) VALUES (?1, ?2)`)
          .bind(code, one.id),
      ),
    ]),
  );
}

/** Signs and confirms as somebody; gives their session. */
export async function signedIn(
  h: Harness,
  email = "ada@example.com",
  country = "DE",
): Promise<{ session: string; token: string }> {
  const token = await askAndRead(h, { email, country });
  const { body } = await confirmWith(h, token);
  return { session: body["session"]!, token };
}

const hashIn = async (deps: Deps, email: string) =>
  emailHash(deps, await readCampaign(deps, "in-step"), email);

/** A signature as `confirm` leaves it, without the mail before it. Gives its row's id. */
export async function signWithoutMail(h: Harness, email: string): Promise<string> {
  const deps = h.make();
  const id = deps.random.bytes(16);
  await h.db
    .prepare(
      `INSERT INTO signatures (id, campaign, email_hash, country, signed_on, withdrawal_hash, consent_version)
       VALUES (?1, 'in-step', ?2, 'DE', '2026-11-23', ?3, '2026-11')`,
    )
    .bind(id, await hashIn(deps, email), deps.random.bytes(32))
    .run();
  return hex(id);
}

/** A session of somebody whose signature stands, as the press gives it. */
export async function sessionOf(h: Harness, email = "ada@example.com"): Promise<string> {
  const deps = h.make();
  const signature = await h.db
    .prepare("SELECT lower(hex(id)) AS id FROM signatures WHERE email_hash = ?1")
    .bind(await hashIn(deps, email))
    .first<string>("id");
  const person = { campaign: "in-step", email, country: "DE", locale: "en" };
  return mintSession(deps, { ...person, signature: signature ?? "" });
}

/** Both: somebody who has confirmed, whom no mail was sent to. */
export async function signedQuietly(h: Harness, email: string): Promise<string> {
  await signWithoutMail(h, email);
  return sessionOf(h, email);
}

export const NOTE = "My aunt in Homel reads what you decide, and so do I, every single week.";

/** What the API takes to let the server send a letter. */
export const sending = (session: string, over: Record<string, unknown> = {}) => ({
  session,
  channel: "server",
  recipients: ["de-1"],
  country: "DE",
  name: "Ada Lovelace",
  town: "Köln",
  note: NOTE,
  consent: true,
  ...over,
});
