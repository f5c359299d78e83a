import { notFound } from "../lib/problem.ts";
import { selectCampaign, toCampaign, type CampaignRow } from "../campaigns/statements.ts";
import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { dayOf } from "../lib/clock.ts";
import { bodyRank, channelsOf, fold } from "./rules.ts";
import { parliamentFor, parliamentOf } from "./parliaments/parliament.ts";
import type { LookupQuery, Recipient } from "./schema.ts";
import {
  type Published,
  type RecipientRow,
  directoryChanges,
  directoryState,
  findRecipients,
  peopleById,
  publishedAt,
  selectPublished,
  selectRecipients,
  toPage,
  writableById,
} from "./store.ts";

const PAGE = 100;

/** One recipient as outside programs see them. No address: letters carry it. */
export function publicRecipient(one: Recipient) {
  return {
    id: one.id,
    jurisdiction: one.jurisdiction,
    office: one.office,
    name: one.name,
    ...(one.officialName ? { officialName: one.officialName } : {}),
    country: one.country,
    ...(one.state ? { state: one.state } : {}),
    ...(one.district === null ? {} : { district: one.district }),
    group: one.group,
    bodies: one.bodies.map((body) => body.code),
    roles: Object.fromEntries(one.bodies.map((body) => [body.code, body.role])),
    channels: channelsOf(one),
    languages: one.languages,
    since: one.since,
  };
}

/**
 * People whom a campaign may write to: those of its first bodies before the others on each page, by
 * name within. `next` goes into `after` for the next page. One trip to D1 where a country is named:
 * it tells of which jurisdiction they are. Throws `request.not_found` (404).
 */
export async function lookup(deps: Deps, slug: string, query: LookupQuery) {
  const { db } = deps;
  const limit = query.limit ?? PAGE;
  const where = (jurisdictions: readonly string[]) => ({
    campaign: slug,
    jurisdictions,
    country: query.country,
    state: query.state,
    body: query.body,
    group: query.group,
    search: query.q === undefined ? undefined : fold(query.q),
    after: query.after,
    limit,
  });
  const own = query.country === undefined ? null : jurisdictionOf(deps, query.country);
  const early = own === null ? null : selectRecipients(db, where([own]));
  const [found, published, people] = await db.batch([
    selectCampaign(db, slug),
    selectPublished(db),
    ...(early ? [early] : []),
  ]);
  const row = found!.results[0] as CampaignRow | undefined;
  if (!row || row.status === "draft") throw notFound();
  const { jurisdictions, firstBodies } = toCampaign(row);
  const allowed = own === null || jurisdictions.includes(own);
  const page = !allowed
    ? { people: [], next: null }
    : people
      ? toPage(people.results as RecipientRow[], limit)
      : await findRecipients(deps, where(jurisdictions));
  const rank = (one: Recipient) => bodyRank(one, firstBodies);
  return {
    people: page.people.toSorted((a, b) => rank(a) - rank(b)),
    next: page.next,
    attribution: named(deps, published!.results as Published[]),
  };
}

/** Who must be named beside the directory, and the day of each part of it. */
export async function attribution(deps: Deps) {
  return named(deps, await publishedAt(deps));
}

function named({ parliaments }: Deps, published: Published[]) {
  return published.flatMap(({ source, at }) => {
    const parliament = parliaments.find((one) => one.source === source);
    return parliament ? [{ source: parliament.texts.attribution, asOf: dayOf(at) }] : [];
  });
}

const jurisdictionOf = (deps: Deps, country: string) =>
  parliamentFor(deps.parliaments, country)?.jurisdiction ?? null;

/** When each part of the directory was published, ms. */
export async function directoryAge(deps: Deps) {
  return publishedAt(deps);
}

/** These people, as far as the campaign may write to them today; in the order of the ids. */
export async function writable(
  deps: Deps,
  campaign: Campaign,
  ids: string[],
): Promise<Map<string, Recipient>> {
  const found = await writableById(deps, campaign.slug, ids);
  return new Map(
    ids.flatMap((id) => {
      const one = found.get(id);
      return one && campaign.jurisdictions.includes(one.jurisdiction) ? [[id, one] as const] : [];
    }),
  );
}

/** Whether a recipient takes letters from a writer of this country. */
export function takesFrom({ parliaments }: Deps, recipient: Recipient, country: string): boolean {
  const { writers, countries } = parliamentOf(parliaments, recipient.jurisdiction);
  return writers === "anyone" || countries.includes(country);
}

/** People by id whoever they are now: what was sent stays counted when somebody leaves. */
export async function whoWere(deps: Deps, ids: string[]): Promise<Map<string, Recipient>> {
  return peopleById(deps, ids);
}

const MOST_OF_A_COUNTRY = 200;

/** Everybody of a country, or of a region of it, whom the campaign may write to. */
export async function peopleOf(
  deps: Deps,
  campaign: Campaign,
  place: { country: string; state: string | null },
): Promise<Recipient[]> {
  const own = jurisdictionOf(deps, place.country);
  const { people } = await findRecipients(deps, {
    campaign: campaign.slug,
    jurisdictions: campaign.jurisdictions.filter((one) => own === null || one === own),
    country: place.country,
    state: place.state ?? undefined,
    limit: MOST_OF_A_COUNTRY,
  });
  return people;
}

/** Members in a campaign's first bodies, of the parliaments that anyone may write to. */
export async function peopleOfBodies(deps: Deps, campaign: Campaign): Promise<Recipient[]> {
  const jurisdictions = deps.parliaments
    .filter((one) => one.writers === "anyone" && campaign.jurisdictions.includes(one.jurisdiction))
    .map((one) => one.jurisdiction);
  const lists = await Promise.all(
    campaign.firstBodies.map((body) =>
      findRecipients(deps, {
        campaign: campaign.slug,
        jurisdictions,
        body,
        limit: MOST_OF_A_COUNTRY,
      }),
    ),
  );
  const people = new Map(lists.flatMap(({ people }) => people).map((one) => [one.id, one]));
  return [...people.values()];
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** For organizers: how each source stands, its alarm, and what changed with the last sync. */
export async function directoryReport(deps: Deps) {
  const sources = (await directoryState(deps)).map((state) => ({
    ...state,
    alarmAt: iso(state.alarmAt),
    publishedAt: iso(state.publishedAt),
    startedAt: iso(state.startedAt),
    dueAt: iso(state.dueAt),
  }));
  return { sources, ...(await directoryChanges(deps)) };
}
