import * as z from "zod";
import type { Campaign } from "../campaigns/rules.ts";
import type { Topic } from "../campaigns/topics.ts";
import type { Deps } from "../deps.ts";
import { peopleOf, takesFrom, writable } from "../recipients/lookup.ts";
import { openToAll, parliamentFor, type Parliament } from "../recipients/parliaments/parliament.ts";
import type { Recipient } from "../recipients/schema.ts";
import { readClaims } from "../measures/read.ts";
import { readEnglishKit } from "./kit.ts";
import { usableTopics } from "./rules.ts";
import { deskInput } from "./schema.ts";
import { suggest } from "./suggest.ts";
import { freshSeed, writeLetters, type WrittenLetter } from "./write.ts";

const FIRST = 3;
const MORE = 10;

export type DeskInput = z.output<typeof deskInput>;

/** All that the page with the letters shows. Nothing of it is kept. */
export interface Desk {
  input: DeskInput;
  seed: string;
  /** What the country's parliament asks of a writer beside the country, or null. */
  regions: Parliament["regions"];
  /** Everybody of the place, to choose from. */
  people: Recipient[];
  letters: WrittenLetter[];
  /** Topics that can be written about today. */
  topics: Topic[];
  /** Whether there are more people than are shown. */
  more: boolean;
  /** Whether somebody is there, and nothing true to the day is left to tell them. */
  unchecked: boolean;
}

/** Chooses whom to write to and writes the letters: three, or up to ten, or one to somebody in particular. */
export async function layOut(deps: Deps, campaign: Campaign, input: DeskInput): Promise<Desk> {
  const seed = input.seed ?? freshSeed(deps);
  const own = parliamentFor(deps.parliaments, input.country);
  const regions = own?.regions ?? null;
  const state = regions ? (input.state ?? null) : null;
  const place = { country: input.country, state };
  const known = input.country !== "none" && (regions === null || state !== null);
  const people = known ? await peopleOf(deps, campaign, place) : [];
  const person = input.person
    ? (await writable(deps, campaign, [input.person])).get(input.person)
    : undefined;
  const chosen = person && takesFrom(deps, person, input.country) ? person : null;
  const most = input.more ? MORE : FIRST;
  const found = chosen ? [chosen] : await suggest(deps, campaign, place, MORE, seed);
  const recipients = found.slice(0, most);
  const wish = {
    country: input.country,
    state,
    town: input.town ?? "",
    name: input.name ?? "",
    note: input.note ?? "",
    topics: input.topic ? [input.topic] : [],
    locale: input.locale ?? null,
  };
  const letters = await writeLetters(deps, campaign, recipients, wish, seed);
  const kit = await readEnglishKit(deps, (own ?? openToAll(deps.parliaments)).kit);
  return {
    input,
    seed,
    regions,
    people,
    letters,
    topics: usableTopics(kit, await readClaims(deps), deps.clock.now()).filter(
      (topic) => campaign.letterTopics.length === 0 || campaign.letterTopics.includes(topic),
    ),
    more: !chosen && found.length > recipients.length,
    unchecked: recipients.length > 0 && letters.length === 0,
  };
}
