import { dayOf, HOUR } from "../../src/lib/clock.ts";
import { mintConfirmToken } from "../../src/signatures/tokens.ts";
import type { Harness } from "./app.ts";

interface Signer {
  country?: string;
  careful?: boolean;
  ref?: string | null;
}

/** A press on the link of a mail to this address, without the mail; gives its token. */
export async function signAs(h: Harness, email: string, over: Signer = {}): Promise<string> {
  const token = await mintConfirmToken(h.make(), {
    campaign: "in-step",
    email,
    country: "PL",
    locale: "en",
    consentVersion: "2026-11",
    careful: false,
    updates: false,
    ref: null,
    words: [],
    ...over,
  });
  const { status } = await h.post("/api/v1/confirmations", { token });
  if (status !== 200) throw new Error(`confirm: ${status}`);
  return token;
}

/** So many people with addresses at a domain. */
export async function signMany(
  h: Harness,
  count: number,
  domain: string,
  over: Signer = {},
): Promise<string[]> {
  const tokens: string[] = [];
  for (let n = 0; n < count; n++) {
    tokens.push(await signAs(h, `a${n}-${over.country ?? "PL"}@${domain}`, over));
  }
  return tokens;
}

/** Hours in which the campaign has seen these counts of a country, from Gmail, before this one. */
export async function seen(h: Harness, hours: Record<string, number>[]): Promise<void> {
  const now = h.clock.now() - (h.clock.now() % HOUR);
  const insert = (hour: number, trait: string, value: string, count: number) =>
    h.db
      .prepare(
        `INSERT INTO signed_hours (campaign, hour, trait, value, count) VALUES ('in-step', ?1, ?2, ?3, ?4)`,
      )
      .bind(hour, trait, value, count);
  await h.db.batch(
    hours.flatMap((countries, place) => {
      const hour = now - (hours.length + 1 - place) * HOUR;
      const all = Object.values(countries).reduce((sum, count) => sum + count, 0);
      return [
        ...Object.entries(countries).map(([name, count]) => insert(hour, "country", name, count)),
        insert(hour, "lane", "plain", all),
        insert(hour, "provider", "gmail.com", all),
      ];
    }),
  );
}

/** Rows of thirty signatures of this day at one domain, as presses make them. */
export async function forged(h: Harness, provider: string): Promise<void> {
  const now = h.clock.now();
  const each = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)";
  await h.db.batch([
    h.db
      .prepare(
        `${each} INSERT INTO signatures (id, campaign, email_hash, country, signed_on, withdrawal_hash, consent_version)
         SELECT unhex(hex(?1) || printf('%08x', i)), 'in-step', randomblob(32), 'DE', ?2, randomblob(32), '2026-11' FROM n`,
      )
      .bind(provider, dayOf(now)),
    h.db
      .prepare(
        `INSERT INTO signature_traits (signature, campaign, day, lane, provider)
         SELECT id, campaign, signed_on, 'plain', ?1 FROM signatures WHERE substr(hex(id), 1, length(hex(?1))) = hex(?1)`,
      )
      .bind(provider),
    h.db
      .prepare(
        `INSERT INTO signature_groups (campaign, day, country, lane, provider, source, count)
         VALUES ('in-step', ?2, 'DE', 'plain', ?1, '', 30)`,
      )
      .bind(provider, dayOf(now)),
    h.db
      .prepare(
        `INSERT INTO signed_hours (campaign, hour, trait, value, count) VALUES ('in-step', ?1, 'lane', 'plain', 30)
         ON CONFLICT DO UPDATE SET count = count + 30`,
      )
      .bind(now - (now % HOUR) + HOUR),
    h.db.prepare(
      `INSERT INTO tallies (campaign, country, waiting) VALUES ('in-step', 'DE', 30)
       ON CONFLICT DO UPDATE SET waiting = waiting + 30`,
    ),
  ]);
}
