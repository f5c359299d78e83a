import { phaseOf, type Campaign } from "../campaigns/rules.ts";
import { TOPICS, type Topic } from "../campaigns/topics.ts";
import zones from "../../.generated/zones.json" with { type: "json" };
import { DAY, dayOf, MINUTE, startOfDay } from "../lib/clock.ts";
import { minutesAhead, type Offsets } from "../lib/zones.ts";
import { officesOf, type Parliament } from "../recipients/parliaments/parliament.ts";
import type { Recipient } from "../recipients/schema.ts";
import type { Forms, Kit } from "./kit.ts";
import { holds, type Claim } from "../measures/rules.ts";

/** A mailto link that is longer is cut by some mail programs. */
export const LONGEST_MAILTO = 2_000;
const LEAST_WORDS = 110;
const MOST_WORDS = 160;
const TRIES = 60;

interface Writer {
  /** ISO 3166-1 alpha-2, or "none". */
  country: string;
  /** The country's name in the letter's language. */
  countryName: string;
  state: string | null;
  town: string;
  name: string;
  note: string;
}

export interface Letter {
  subject: string;
  body: string;
  /** What stands between greeting and close: what likeness is measured on. */
  core: string;
  topic: Topic;
  /** Claims that it rests on. */
  claims: Claim[];
}

/** FNV-1a over the text's code units, from a key. */
function hash32(text: string, key: number): number {
  let state = (0x811c9dc5 ^ key) >>> 0;
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return state;
}

/** A small generator from a text (FNV-1a, mulberry32): the same text gives the same letter. */
export function seededBy(text: string): () => number {
  let state = hash32(text, 0);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
}

/** How the recipient is addressed: by gender and office, or neutrally by the full name. */
export function salutation(forms: Forms, recipient: Recipient, offices: readonly string[]): string {
  const { givenName, familyName, gender, office } = recipient;
  const full = [givenName, familyName].filter(Boolean).join(" ");
  const byGender = gender === null || !offices.includes(office) ? forms.neutral : forms[gender];
  return fill(forms.offices?.[office] ?? byGender, { familyName, fullName: full });
}

function placeOf(writer: Writer): string {
  return [writer.town, writer.countryName].filter(Boolean).join(", ");
}

const isOwn = (recipient: Recipient, writer: Writer) =>
  recipient.country === writer.country &&
  (writer.state === null || recipient.state === null || writer.state === recipient.state);

/** Topics that a kit can speak of today, because all that they rest on was checked lately enough. */
export function usableTopics(kit: Kit, claims: Map<string, Claim>, now: number): Topic[] {
  return TOPICS.filter(
    (topic) => kit.parts[topic] && holds(claims, kit.restsOn[topic] ?? ["?"], now),
  );
}

/** Asks that a kit can make today. */
export function usableAsks(kit: Kit, claims: Map<string, Claim>, now: number): string[] {
  return Object.keys(kit.parts).filter(
    (heading) => heading.startsWith("ask-") && holds(claims, kit.restsOn[heading] ?? ["?"], now),
  );
}

/** Whether an act is in this recipient's power. */
function canDo(ask: string, recipient: Recipient, parliament: Parliament): boolean {
  if (ask === "ask-body") return bodyToRaiseIn(recipient, parliament) !== null;
  return parliament.asksOf[ask]?.includes(recipient.office) ?? true;
}

function bodyToRaiseIn(recipient: Recipient, { raisedIn }: Parliament): string | null {
  const codes = recipient.bodies.map((body) => body.code);
  return raisedIn.find((code) => codes.includes(code)) ?? null;
}

export interface Draft {
  kit: Kit;
  forms: Forms;
  recipient: Recipient;
  /** The recipient's. */
  parliament: Parliament;
  writer: Writer;
  /** What the supporter picked; empty for any. */
  topics: readonly Topic[];
  /** What the campaign's letters may speak of; empty for all. */
  allowed: readonly string[];
  claims: Map<string, Claim>;
  now: number;
  gapDays: number;
  /** Address of the page of measures; the letter’s own facts stand below it. */
  link: string;
}

const wordCount = (text: string) => text.split(/\s+/).filter(Boolean).length;

/**
 * Writes a letter, each part a variant chosen by the seed; null where what it would rest on has not
 * been checked for too long. Of the letters that the seed leads to, the first is taken that has
 * LEAST_WORDS to MOST_WORDS beside the supporter's own sentence and whose mailto is short enough.
 */
export function compose(draft: Draft, seed: string): Letter | null {
  let shortest: { letter: Letter; words: number } | null = null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const letter = composeOnce(draft, seededBy(`${seed}|${draft.recipient.id}|${attempt}`));
    if (letter === null) return null;
    const length = mailtoLink(draft.recipient.email ?? "", letter).length;
    const words = wordCount(letter.body) - wordCount(draft.writer.note);
    if (length < LONGEST_MAILTO && words >= LEAST_WORDS && words <= MOST_WORDS) return letter;
    if (shortest === null || words < shortest.words) shortest = { letter, words };
  }
  return shortest!.letter;
}

function composeOnce(draft: Draft, random: () => number): Letter | null {
  const { kit, forms, recipient, parliament, writer, claims, now } = draft;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const usable = usableTopics(kit, claims, now).filter(
    (topic) => draft.allowed.length === 0 || draft.allowed.includes(topic),
  );
  const wanted = usable.filter((topic) => draft.topics.includes(topic));
  const topics = draft.topics.length > 0 && wanted.length > 0 ? wanted : usable;
  const asks = usableAsks(kit, claims, now).filter((ask) => canDo(ask, recipient, parliament));
  if (topics.length === 0 || asks.length === 0) return null;
  const topic = pick(topics);
  const ask = pick(asks);
  const place = placeOf(writer);
  const restsOn = [...new Set([...(kit.restsOn[topic] ?? []), ...(kit.restsOn[ask] ?? [])])];
  const values = {
    place,
    gap_days: String(draft.gapDays),
    body: bodyToRaiseIn(recipient, parliament) ?? "",
    link: `${draft.link}/facts/${restsOn.join(".")}`,
  };
  const say = (heading: string) => fill(pick(kit.parts[heading]!), values);
  const intro = say(isOwn(recipient, writer) ? "intro-own" : "intro-other");
  const subjects = [...kit.parts["subject"]!, ...(kit.parts[`subject ${topic}`] ?? [])];
  const core = [
    place === "" ? intro.replace(" ()", "") : intro,
    say(topic),
    writer.note,
    say(ask),
  ].filter(Boolean);
  const paragraphs = [
    salutation(forms, recipient, officesOf(parliament)),
    ...core,
    say("close"),
    [forms.closing, writer.name, place].filter(Boolean).join("\n"),
    fill(forms.sources, values),
  ];
  return {
    subject: fill(pick(subjects), values),
    body: paragraphs.filter(Boolean).join("\n\n"),
    core: core.join("\n\n"),
    topic,
    claims: restsOn.map((id) => claims.get(id)!),
  };
}

/** Opens the supporter's mail program with the letter in it (RFC 6068). */
export function mailtoLink(email: string, letter: { subject: string; body: string }): string {
  const body = encodeURIComponent(letter.body.replaceAll("\n", "\r\n"));
  return `mailto:${encodeURIComponent(email)}?subject=${encodeURIComponent(letter.subject)}&body=${body}`;
}

const RUN_WORDS = 5;
const SKETCH = 32;

function runsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}’-]+/gu) ?? [];
  const count = Math.max(0, words.length - RUN_WORDS + 1);
  return Array.from({ length: count }, (_, at) => words.slice(at, at + RUN_WORDS).join(" "));
}

/** Share of five-word runs that two texts have in common: 0 for none, 1 for the same text. */
export function likeness(a: string, b: string): number {
  const [one, other] = [new Set(runsOf(a)), new Set(runsOf(b))];
  let both = 0;
  for (const run of one) if (other.has(run)) both++;
  const all = one.size + other.size - both;
  return all === 0 ? 1 : both / all;
}

/** The least 32-bit hashes of a text's five-word runs under a key: what likeness is estimated from. */
export function sketchOf(text: string, key: number): Uint32Array<ArrayBuffer> {
  const hashes = new Set(runsOf(text).map((run) => hash32(run, key)));
  return Uint32Array.from([...hashes].sort((a, b) => a - b).slice(0, SKETCH));
}

/** Likeness from two sketches: of the least hashes of both together, the share that is in each. */
export function sketchLikeness(a: Uint32Array, b: Uint32Array): number {
  let [atA, atB, least, both] = [0, 0, 0, 0];
  // Both are in ascending order, so one walk over them is enough.
  for (; least < SKETCH && (atA < a.length || atB < b.length); least++) {
    const one = a[atA] ?? Infinity;
    const other = b[atB] ?? Infinity;
    if (one === other) both++;
    if (one <= other) atA++;
    if (other <= one) atB++;
  }
  return least === 0 ? 1 : both / least;
}

/** Changes of the clocks of parliaments' zones, made by the build: asking ICU costs an isolate 10 ms at first. */
const OFFSETS = zones as unknown as Record<string, Offsets>;

/** The day and minute of the day where a parliament's offices are. */
export function officeTime(
  { office: { zone } }: Pick<Parliament, "office">,
  now: number,
): { day: string; minute: number } {
  const ahead =
    OFFSETS[zone]?.findLast(([from]) => from * MINUTE <= now)?.[1] ?? minutesAhead(zone, now);
  const local = now + ahead * MINUTE;
  return { day: dayOf(local), minute: Math.floor((local % DAY) / MINUTE) };
}

export interface OfficeHours {
  opensH: number;
  closesH: number;
}

export function isWeekday(day: string): boolean {
  const weekday = new Date(startOfDay(day)).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

/** Hours in which a parliament's offices take letters. */
export function officeHours(
  { office }: Parliament,
  settings: { OFFICE_OPENS_H: number; OFFICE_CLOSES_H: number },
): OfficeHours {
  return office.hours ?? { opensH: settings.OFFICE_OPENS_H, closesH: settings.OFFICE_CLOSES_H };
}

/** Whether an office takes letters at its day and minute: on weekdays, within its hours. */
export function isOfficeOpen(
  { day, minute }: { day: string; minute: number },
  { opensH, closesH }: OfficeHours,
): boolean {
  return isWeekday(day) && minute >= opensH * 60 && minute < closesH * 60;
}

/** The next `count` weekdays on which a letter may arrive, today where the office is still open. */
export function officeDays(
  office: { day: string; minute: number },
  closesH: number,
  count: number,
): string[] {
  const days: string[] = [];
  let at = startOfDay(office.day) + (office.minute < closesH * 60 ? 0 : DAY);
  for (; days.length < count; at += DAY) {
    const day = dayOf(at);
    if (isWeekday(day)) days.push(day);
  }
  return days;
}

/**
 * What a campaign says of a letter at the moment at which it would leave: it goes, waits while the
 * switch is off, or has ended with its campaign.
 */
export function releaseOf(campaign: Campaign | undefined, now: number): "go" | "wait" | "end" {
  if (!campaign || campaign.archived || phaseOf(campaign, now) !== "open") return "end";
  return campaign.serverLetters ? "go" : "wait";
}

/** Why a letter may have to be looked at: for words in it, because one of its writer was refused, or because none of theirs has gone yet. */
export type Look = "words" | "refused" | "writer";

/** What is known of a writer: from which hour (ms) on their letters leave as any, or that one was refused. */
export interface KnownWriter {
  state: "known" | "refused";
  knownFrom: number;
}

/** Why a letter has to be looked at, or null. */
export function lookOf(
  hasHeldWord: boolean,
  writer: KnownWriter | null,
  now: number,
  firstHeldMs: number,
): Look | null {
  if (hasHeldWord) return "words";
  if (writer?.state === "refused") return "refused";
  if (firstHeldMs === 0 || (writer !== null && writer.knownFrom <= now)) return null;
  return "writer";
}

/** Whether a letter waits for a look as long as it takes; that of a new writer waits for its turn meanwhile. */
export const isHeld = (look: Look | null): boolean => look !== null && look !== "writer";

/** What stands under a letter that the server sends. */
export function letterFooter(forms: Forms, values: { campaign: string; link: string }): string {
  return ["—", fill(forms.verified, values), fill(forms.stop, values)].join("\n\n");
}

/** The name as a mail's From shows it: nothing in it that a mail program could take for an address. */
export function senderName(name: string, campaign: string): string {
  const plain = (text: string) =>
    text
      .replace(/["<>\\,;:()[\]@]/gu, " ")
      .replace(/\s+/g, " ")
      .trim();
  return `${plain(name)} via ${plain(campaign)}`;
}
