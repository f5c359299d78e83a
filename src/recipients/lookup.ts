import type { Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { bodyRank, channelsOf, fold } from "./rules.ts";
import { ATTRIBUTION, type LookupQuery, type Recipient } from "./schema.ts";
import { findRecipients, publishedAt } from "./store.ts";

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
 * name within. `next` goes into `after` for the next page.
 */
export async function lookup(deps: Deps, campaign: Campaign, query: LookupQuery) {
  const { people, next } = await findRecipients(deps, {
    campaign: campaign.slug,
    jurisdictions: campaign.jurisdictions,
    country: query.country,
    state: query.state,
    body: query.body,
    group: query.group,
    search: query.q === undefined ? undefined : fold(query.q),
    after: query.after,
    limit: query.limit ?? PAGE,
  });
  const rank = (one: Recipient) => bodyRank(one, campaign.firstBodies);
  return { people: people.toSorted((a, b) => rank(a) - rank(b)), next };
}

/** Who must be named beside the directory, and the day of each part of it. */
export async function attribution(deps: Deps) {
  const published = await publishedAt(deps);
  return published.map(({ source, at }) => ({
    source: ATTRIBUTION[source],
    asOf: new Date(at).toISOString().slice(0, 10),
  }));
}
