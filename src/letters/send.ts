import { readCampaign } from "../campaigns/read.ts";
import { riskOf } from "../campaigns/risk.ts";
import { requireOpen, type Campaign } from "../campaigns/rules.ts";
import type { Deps } from "../deps.ts";
import { parliamentOf } from "../recipients/parliaments/parliament.ts";
import { hex } from "../lib/bytes.ts";
import { dayOf, HOUR } from "../lib/clock.ts";
import { saysOneOf } from "../lib/lookalikes.ts";
import { invalid, Problem } from "../lib/problem.ts";
import { retryWrite } from "../lib/retry.ts";
import { mailId, mailStatements, wake } from "../mail/enqueue.ts";
import { fold } from "../recipients/rules.ts";
import { verifiedSigner, type Verified } from "../signatures/verified.ts";
import { sealLetter } from "./envelope.ts";
import { selfLetterMail } from "./mails.ts";
import { dayMarks, marksOf, ownMark, selfMark, writerMark } from "./marks.ts";
import { unwantedAmong } from "./opt-out.ts";
import { releaseLetters } from "./release.ts";
import {
  isOfficeOpen,
  lookOf,
  officeDays,
  officeHours,
  officeTime,
  sketchLikeness,
  sketchOf,
} from "./rules.ts";
import type { LetterEnvelope, SendInput } from "./schema.ts";
import {
  countNote,
  findWriter,
  insertLetters,
  isDomainFull,
  isFull,
  sketchesOf,
  takeSelfPlaces,
  type LetterState,
  type NewLetter,
} from "./store.ts";
import { areLettersOff } from "./switch.ts";
import { freshSeed, writeFor, type WrittenLetter } from "./write.ts";

const ID_BYTES = 16;

export interface SentLetter {
  id: string;
  recipient: string;
  state: LetterState;
  /** The day of its turn at the recipient's office, for a letter that leaves by itself, be it held for a day. */
  leavesOn?: string;
}

/**
 * Mails letters for whoever holds a verified session: to themselves, or to the recipients. The same
 * letter asked for twice is sent once. Throws `letters.*` (401, 403, 409, 429), `campaign.*`,
 * `request.invalid` (422).
 */
export async function sendLetters(
  deps: Deps,
  slug: string,
  input: SendInput,
  session: string | undefined,
): Promise<SentLetter[]> {
  const campaign = await readCampaign(deps, slug);
  requireOpen(campaign, deps.clock.now());
  const signer = await verifiedSigner(deps, campaign, session);
  if (!signer) throw noSession();
  if (input.channel === "server") await requireServer(deps, campaign);
  if (!mayBeMailed(campaign, signer, input.country)) throw new Problem(403, "letters.at_risk");
  const letters = await writeFor(deps, campaign, input, input.seed ?? freshSeed(deps));
  const sent =
    input.channel === "self"
      ? await sendToSelf(deps, campaign, signer, input, letters)
      : await sendByServer(deps, campaign, signer, input, letters);
  await wake(deps);
  return sent;
}

export const noSession = () => new Problem(401, "letters.session");
const unwanted = () => new Problem(409, "letters.unwanted");
const dayFull = () => new Problem(429, "letters.day_full");

/** Whether the server may mail a letter for them, to an office or to themselves: by where they signed from, and where they write as from. */
export function mayBeMailed(campaign: Campaign, signer: Verified, country: string): boolean {
  // Whoever holds a session did not take the careful way.
  const person = { countries: [signer.country, country], locales: [signer.locale], careful: false };
  return riskOf(campaign, person).mayWriteByServer;
}

async function requireServer(deps: Deps, campaign: Campaign): Promise<void> {
  if (!campaign.serverLetters || campaign.archived) throw new Problem(403, "letters.server_off");
  if (await areLettersOff(deps)) throw new Problem(503, "letters.off");
}

function envelopeOf(
  campaign: Campaign,
  signer: Verified,
  input: SendInput,
  { recipient, letter, locale }: WrittenLetter,
): LetterEnvelope {
  const { name, email, form } = recipient;
  return {
    campaign: campaign.slug,
    recipient: recipient.id,
    email: signer.email,
    name: input.name ?? "",
    locale: signer.locale,
    language: locale,
    recipientName: name,
    addressee: email ? `${name} <${email}>` : `${name}\n${form ?? ""}`.trim(),
    to: email ?? "",
    subject: letter.subject,
    body: letter.body,
  };
}

async function sendToSelf(
  deps: Deps,
  campaign: Campaign,
  signer: Verified,
  input: SendInput,
  letters: WrittenLetter[],
): Promise<SentLetter[]> {
  const mark = await marksOf(deps);
  const day = dayOf(deps.clock.now());
  const mails = letters.map((letter) => ({ letter, id: mailId(deps) }));
  const places = await takeSelfPlaces(
    deps,
    day,
    await selfMark(mark, day, signer.emailHash),
    mails.map(({ id }) => String(id)),
  );
  if (mails.some(({ id }) => !places.has(String(id)))) throw dayFull();
  const statements = await mailStatements(
    deps,
    selfLetterMail,
    mails.map(({ letter, id }) => ({ id, envelope: envelopeOf(campaign, signer, input, letter) })),
  );
  await retryWrite(deps, () => deps.db.batch(statements));
  return mails.map(({ letter }) => ({
    id: hex(deps.random.bytes(ID_BYTES)),
    recipient: letter.recipient.id,
    state: "waiting",
  }));
}

async function sendByServer(
  deps: Deps,
  campaign: Campaign,
  signer: Verified,
  input: SendInput,
  letters: WrittenLetter[],
): Promise<SentLetter[]> {
  const { settings } = deps;
  const now = deps.clock.now();
  const today = dayOf(now);
  const mark = await marksOf(deps);
  const writer = hex(signer.emailHash);
  const noteMark = await mark("note", campaign.slug, fold(input.note!));
  if ((await countNote(deps, campaign.slug, noteMark, settings.NOTE_USES)) >= settings.NOTE_USES) {
    throw invalid([{ path: "note", message: "note.used" }]);
  }
  const envelopes = letters.map((written) => envelopeOf(campaign, signer, input, written));
  const [refusing, known, others] = await Promise.all([
    unwantedAmong(deps, envelopes, new Map([[campaign.slug, campaign]])),
    findWriter(deps, campaign.slug, signer.emailHash),
    sketchesOf(
      deps,
      letters.map(({ recipient }) => recipient.id),
      today,
    ),
  ]);
  if (refusing.size > 0) throw unwanted();
  const typed = [input.name, input.town, input.note].filter(Boolean).join(" ");
  const hasHeldWord = saysOneOf(typed, campaign.heldWords);
  const heldMs = settings.LETTERS_FIRST_HELD_MS;
  const look = lookOf(hasHeldWord, known, now, heldMs);
  const leaves = look === "writer" ? now + heldMs : now;
  const sketchKey = new DataView((await mark("sketch")).buffer).getUint32(0);
  const ofDay = await dayMarks(deps, today, signer.email);
  const own = {
    campaign: campaign.slug,
    writer: signer.emailHash,
    own: await ownMark(mark, { campaign: campaign.slug, emailHash: signer.emailHash }),
    writerDay: ofDay.mailbox,
    domainDay: ofDay.domain,
    writerMark: await writerMark(deps, campaign, signer.email),
    note: noteMark,
    askedOn: today,
    look,
  };

  const rows = await Promise.all(
    letters.map(async ({ recipient, letter }, place): Promise<NewLetter> => {
      if (recipient.email === null) throw new Problem(409, "letters.no_address");
      const sketch = sketchOf(letter.core, sketchKey);
      const alike = others
        .get(recipient.id)!
        .filter((other) => sketchLikeness(sketch, other) > settings.LIKENESS_MOST);
      if (alike.length >= settings.LIKENESS_LETTERS) {
        throw new Problem(409, "letters.too_alike");
      }
      const id = hex(deps.random.bytes(ID_BYTES));
      const parliament = parliamentOf(deps.parliaments, recipient.jurisdiction);
      const office = officeTime(parliament, leaves);
      const hours = officeHours(parliament, settings);
      const [opens, closes] = [hours.opensH * 60, hours.closesH * 60];
      return {
        ...own,
        id,
        recipient: recipient.id,
        jurisdiction: recipient.jurisdiction,
        pair: await mark("pair", campaign.slug, writer, recipient.id, ""),
        sketch: new Uint8Array(sketch.buffer),
        days: officeDays(office, hours.closesH, settings.LETTERS_AHEAD_DAYS),
        minute: isOfficeOpen(office, hours)
          ? office.minute
          : opens + Math.floor(deps.random.fraction() * (closes - opens)),
        mailId: mailId(deps),
        sealed: await sealLetter(deps, id, envelopes[place]!),
      };
    }),
  );
  const kept = await insertLetters(deps, rows, {
    campaign: campaign.slug,
    writer: signer.emailHash,
    // To the hour: the moment of a press is nobody's to know.
    knownFrom: Math.ceil((now + heldMs) / HOUR) * HOUR,
    today,
  });
  if (kept.length < rows.length) {
    const there = new Set(kept.map((letter) => letter.recipient));
    throw await whyMissing(
      deps,
      campaign,
      rows.filter((row) => !there.has(row.recipient)),
      envelopes.filter(({ recipient }) => !there.has(recipient)),
    );
  }
  await releaseLetters(deps);
  return kept.map(({ id, recipient, state, day, look }) => ({
    id,
    recipient,
    state: look === "writer" ? "held" : state,
    ...(state === "waiting" ? { leavesOn: day } : {}),
  }));
}

/** What kept letters out that nothing spoke against a moment ago. */
async function whyMissing(
  deps: Deps,
  campaign: Campaign,
  missing: readonly NewLetter[],
  envelopes: readonly LetterEnvelope[],
): Promise<Problem> {
  const full = await Promise.all(missing.map((row) => isFull(deps, row.recipient, row.days)));
  if (full.some(Boolean)) return new Problem(409, "letters.office_full");
  const known = new Map([[campaign.slug, campaign]]);
  if ((await unwantedAmong(deps, envelopes, known)).size > 0) return unwanted();
  const { domainDay } = missing[0]!;
  const isFullDomain = domainDay !== null && (await isDomainFull(deps, domainDay));
  return isFullDomain ? new Problem(429, "letters.domain_full") : dayFull();
}
