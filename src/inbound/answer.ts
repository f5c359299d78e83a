import type { Deps } from "../deps.ts";
import { blob, type Bytes } from "../lib/bytes.ts";
import { DAY, dayOf } from "../lib/clock.ts";
import { readTxt } from "../lib/dns.ts";
import { mailboxOf } from "../lib/email.ts";
import { log } from "../lib/log.ts";
import { baseDomain, domainOf, largeProvider, providerState } from "../lib/providers.ts";
import { retryWrite } from "../lib/retry.ts";
import { mailId, mailStatements, namedMailId } from "../mail/enqueue.ts";
import { placeKey, placesOf, type Place } from "../mail/places.ts";
import type { MailKind } from "../mail/rules.ts";
import { cancelDueMail, selectHeld, takeInTurn, type Held } from "../mail/statements.ts";
import { isStopped } from "../mail/suppress.ts";
import { raiseAsked } from "../tallies/statements.ts";
import { readCode, type Wish } from "./code.ts";
import { isSignedBy } from "./dkim.ts";
import { isAutomatic, only, onlyAddress, parseMessage, plainSubject } from "./message.ts";
import { isDoorOpen } from "./offer.ts";
import { writeReply } from "./reply.ts";

const NAME = "inbound";
const LONGEST_MESSAGE_ID = 250;
/** The lane of what is asked for by a mail: its domain has vouched for it. */
const LANE = "proved";

/** A mail as it comes in. */
export interface InboundMail {
  /** The envelope's sender: an answer goes there. */
  from: string;
  to: string;
  size: number;
  raw(): Promise<ArrayBuffer>;
  /** Sends a whole mail (RFC 5322) back. Rejects where that is not possible. */
  reply(raw: string): Promise<void>;
}

/** What the door answers with: the ordinary mail, and what waits sealed of it where it has to wait. */
export interface AskByMail<E> {
  kind: MailKind<E>;
  envelope(wish: Wish, email: string): E;
}

/** What became of a mail. `answered` and `queued` alone leave a row. */
export type Outcome =
  | "closed"
  | "not_asked"
  | "automatic"
  | "at_risk"
  | "unproved"
  | "limit"
  | "stopped"
  | "queued"
  | "answered";

interface Proved {
  email: string;
  wish: Wish;
  /** What the answer names; null where none is possible. */
  messageId: string | null;
}

/**
 * Answers a mail that a page prepared with the link that an ask brings, and counts nobody. Whatever its
 * sender's own domain has not signed, and what no hand wrote, gets no answer and leaves no row. Throws
 * where D1 or the DNS is away: then the mail comes again.
 */
export async function answerMail<E>(
  deps: Deps,
  mail: InboundMail,
  ask: AskByMail<E>,
): Promise<Outcome> {
  const proved = await prove(deps, mail);
  const outcome = typeof proved === "string" ? proved : await answer(deps, mail, ask, proved);
  log("info", { code: `inbound.${outcome}`, count: 1 });
  return outcome;
}

async function prove(deps: Deps, mail: InboundMail): Promise<Proved | Outcome> {
  const { INBOUND_ADDRESS: ours, INBOUND_BYTES } = deps.settings;
  if (!(await isDoorOpen(deps))) return "closed";
  if (mail.to.toLowerCase() !== ours || mail.size > INBOUND_BYTES) return "not_asked";
  const raw: Bytes = blob(await mail.raw());
  const message = raw.length > INBOUND_BYTES ? null : parseMessage(raw);
  const email = message && onlyAddress(message, "from");
  if (!email || onlyAddress(message, "to")?.toLowerCase() !== ours) return "not_asked";
  if (mail.from === "" || isAutomatic(message, email)) return "automatic";
  const domain = domainOf(email);
  if ([ours, deps.settings.MAIL_FROM.replace(/>$/, "")].some((own) => domainOf(own) === domain)) {
    return "automatic";
  }
  const wish = await readCode(deps, plainSubject(message) ?? "");
  if (!wish) return "not_asked";
  // What is sent stays in that mailbox, and its provider lies under the law that the campaign is about.
  if (providerState(email) !== null) return "at_risk";
  const txt = (name: string) => readTxt(deps, name);
  if (!(await isSignedBy(message, domain, txt, deps.clock.now()))) return "unproved";
  const messageId = only(message, "message-id") ?? "";
  const answerable =
    mail.from.toLowerCase() === email.toLowerCase() &&
    messageId.length <= LONGEST_MESSAGE_ID &&
    /^<[^<>\s@]+@[^<>\s@]+>$/.test(messageId);
  return { email, wish, messageId: answerable ? messageId : null };
}

/** The places that it takes, in turn: of its domain, of its code, and those of the ordinary mail. */
async function placesFor<E>(
  deps: Deps,
  kind: MailKind<E>,
  envelope: E,
  { email, wish }: Proved,
  holder: number,
): Promise<Place[]> {
  const today = dayOf(deps.clock.now());
  const asker = `${wish.campaign.slug}|${mailboxOf(email)}`;
  const ofDomain: Place = {
    day: today,
    key: await placeKey(deps, today, NAME, `domain|${baseDomain(email)}`),
    most: deps.settings.INBOUND_PER_DOMAIN,
    // One mailbox, however often it asks, takes one of its domain's.
    holder: await namedMailId(deps, `${NAME}|${today}|${asker}`),
  };
  const ofCode: Place = {
    // Kept for as long as the code is taken: the same mail sent again gets no second answer.
    day: dayOf(Date.parse(wish.day) + DAY),
    key: await placeKey(deps, wish.day, NAME, `code|${asker}`),
    most: 1,
    holder,
  };
  const ofMail = await placesOf(deps, kind, envelope, holder);
  return [...(largeProvider(email) === null ? [ofDomain] : []), ofCode, ...ofMail];
}

async function answer<E>(
  deps: Deps,
  mail: InboundMail,
  { kind, ...ask }: AskByMail<E>,
  proved: Proved,
): Promise<Outcome> {
  const { email, wish, messageId } = proved;
  const now = deps.clock.now();
  const envelope = ask.envelope(wish, email);
  const id = mailId(deps);
  const { statements, all } = takeInTurn(
    deps.db,
    await placesFor(deps, kind, envelope, proved, id),
  );
  // The ordinary mail waits from now on, and is taken back once the answer has left: no crash loses it.
  const dueAt = messageId === null ? now : now + deps.settings.INBOUND_ANSWER_MS;
  const waiting = await mailStatements(deps, kind, [{ id, envelope, dueAt, lane: LANE }], all);
  const taken = await retryWrite(deps, async () => {
    const answers = await deps.db.batch<Held>([
      ...statements,
      ...waiting,
      raiseAsked(deps.db, wish.campaign.slug, dayOf(now)),
      selectHeld(deps.db, all),
    ]);
    return answers.at(-1)!.results[0]!.held === 1;
  });
  if (!taken) return "limit";
  const takeBack = () =>
    retryWrite(deps, () => deps.db.batch(cancelDueMail(deps.db, "SELECT ?1", [id])));
  if (await isStopped(deps, email)) {
    await takeBack();
    return "stopped";
  }
  if (messageId === null) return "queued";
  const rendered = await (await kind.prepare(deps, [envelope])).render(envelope, LANE);
  const from = deps.settings.INBOUND_ADDRESS;
  try {
    await mail.reply(writeReply(deps, rendered, { from, messageId }));
  } catch {
    // Whatever stops an answer, the ordinary mail is there.
    log("error", { code: "inbound.not_possible", count: 1 });
    return "queued";
  }
  await takeBack();
  return "answered";
}
