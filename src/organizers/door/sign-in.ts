import * as z from "zod";
import type { Deps } from "../../deps.ts";
import { base64url, fromBase64url, hex, type Bytes } from "../../lib/bytes.ts";
import { dayOf, DAY, MINUTE } from "../../lib/clock.ts";
import { emailFault } from "../../lib/email.ts";
import { invalid } from "../../lib/problem.ts";
import { mac, sha256 } from "../../lib/sealing.ts";
import { mailId, mailStatements, wake } from "../../mail/enqueue.ts";
import { PRIORITY, type MailKind } from "../../mail/rules.ts";
import { loadTexts, mailText, renderMail } from "../../ui/i18n.ts";
import { EXPORTS_COUNT_MS } from "../keys/exports.ts";
import { newBrowserMail } from "../notices.ts";
import {
  deleteEnded,
  deleteIdle,
  endSessions,
  findByAddresses,
  findBySession,
  findLink,
  findSealedOf,
  findSessions,
  insertLinks,
  isLiveLink,
  mayMail,
  saveAsk,
  useLink,
  type Budget,
} from "../store.ts";
import type { Organizer } from "../rules.ts";
import { addressHash, openAddress } from "./address.ts";

const SECRET_BYTES = 32;
/** Organizers' mails and pages are in English only, so far. */
const LOCALE = "en";

const signInEnvelope = z.object({ email: z.string() });
type SignInEnvelope = z.output<typeof signInEnvelope>;

/** What the mails of one day are counted against, for an address: in known browsers, or in any other. */
async function budgetsOf(deps: Deps, day: string, hash: Bytes, known: boolean): Promise<Budget[]> {
  const { settings, clock } = deps;
  const slot = Math.floor(clock.now() / settings.SIGN_IN_EVERY_MS);
  const half = Math.floor(settings.SIGN_IN_PER_DAY / 2);
  const kept = Math.min(settings.SIGN_IN_KNOWN_PER_DAY, half);
  const perOrganizer = known
    ? settings.SIGN_IN_KNOWN_PER_ORGANIZER
    : settings.SIGN_IN_PER_ORGANIZER;
  const place = `${day}|sign-in|${known ? "known" : "other"}`;
  const key = await deps.keys.hmac("limits");
  const limits = [
    { about: `${hex(hash)}|${slot}`, most: 1 },
    { about: hex(hash), most: perOrganizer },
    { about: "all", most: known ? kept : settings.SIGN_IN_PER_DAY - kept },
  ];
  return Promise.all(
    limits.map(async ({ about, most }) => ({
      key: hex(await mac(key, `${place}|${about}`)),
      most,
    })),
  );
}

/** Whoever was invited before this moment (ms) and has not come in comes in no more. */
export const invitedAfter = ({ clock, settings }: Deps) => clock.now() - settings.INVITATION_MS;

/**
 * Asks for a link. For every address the same statements in one trip: whether an organizer has it, and
 * whether a mail is left for them, is decided within. `known` is who has signed in before in the browser
 * that asks: they have mails of their own, which no stranger who knows their address can use up.
 */
export async function askSignIn(deps: Deps, address: string, known: string | null): Promise<void> {
  const fault = emailFault(address);
  if (fault) throw invalid([{ path: "email", message: `email.${fault}` }]);
  const day = dayOf(deps.clock.now());
  const hash = await addressHash(deps, address);
  const id = mailId(deps);
  const tries = await Promise.all(
    (known === null ? [null] : [known, null]).map(async (organizer) => {
      const budgets = await budgetsOf(deps, day, hash, organizer !== null);
      const guard = mayMail(
        day,
        { hash, id: organizer, invitedAfter: invitedAfter(deps) },
        budgets,
      );
      const envelope = { email: address };
      const mails = await mailStatements(deps, signInMail, [{ id, envelope }], guard);
      return { mails, budgets };
    }),
  );
  const everyAsk = hex(await mac(await deps.keys.hmac("limits"), `${day}|sign-in`));
  await saveAsk(deps, day, everyAsk, tries);
  await wake(deps);
}

/** The mail with the link, to the address that was invited. Its life begins when the mail leaves. */
export const signInMail: MailKind<SignInEnvelope> = {
  name: "sign-in",
  priority: PRIORITY.signIn,
  envelope: signInEnvelope,
  version: 2,
  // Before version 2 limits were held against it when it left, and it said in which five minutes it was asked for.
  upgrade: (opened) => signInEnvelope.parse(opened),
  address: ({ email }) => email,
  campaign: () => null,
  always: true,
  // Its link lives for minutes: sent again it would be of no use.
  keepMs: () => 0,
  async prepare(deps, asks) {
    const hashes = new Map(
      await Promise.all(
        asks.map(async ({ email }) => [email, hex(await addressHash(deps, email))] as const),
      ),
    );
    const known = await findByAddresses(deps, [...hashes.values()]);
    const organizerOf = (email: string) => known.get(hashes.get(email)!);
    const links: { hash: string; organizer: string; expiresAt: number }[] = [];
    return {
      isWanted: ({ email }) => organizerOf(email) !== undefined,
      async render({ email }) {
        const { id, sealed } = organizerOf(email)!;
        const secret = deps.random.bytes(SECRET_BYTES);
        const expiresAt = deps.clock.now() + deps.settings.SIGN_IN_MS;
        await loadTexts(deps, LOCALE);
        const { text, html } = renderMail("sign-in", LOCALE, false, {
          link: `${deps.settings.PUBLIC_ORIGIN}/organize/enter?t=${base64url(secret)}`,
          minutes: String(Math.floor(deps.settings.SIGN_IN_MS / MINUTE)),
        });
        const to = await openAddress(deps, sealed);
        links.push({ hash: hex(await sha256(secret)), organizer: id, expiresAt });
        return {
          to,
          from: deps.settings.MAIL_FROM,
          subject: mailText("sign-in", "subject", LOCALE),
          text,
          html,
          headers: {},
        };
      },
      statements: async () => (links.length > 0 ? [insertLinks(deps.db, links)] : []),
    };
  },
};

async function hashOf(token: string): Promise<Bytes | null> {
  const secret = fromBase64url(token);
  return secret?.length === SECRET_BYTES ? sha256(secret) : null;
}

/** Whether a link still works. Changes nothing: mail scanners follow links. */
export async function isLinkLive(deps: Deps, token: string): Promise<boolean> {
  const hash = await hashOf(token);
  return hash !== null && (await isLiveLink(deps, hash));
}

/**
 * Uses a link, once, and ends `before`, the session that this browser had. Gives the new session's token
 * and whose it is, or null where the link was used or is too old. `known` is who signed in here before:
 * where it is somebody else, they are told by mail.
 */
export async function enter(
  deps: Deps,
  token: string,
  browser: { known: string | null; before: string | undefined },
): Promise<{ session: string; organizer: string } | null> {
  const link = await hashOf(token);
  const found = link && (await findLink(deps, link, invitedAfter(deps)));
  if (!found) return null;
  const { organizer, sealed, entered } = found;
  const session = deps.random.bytes(SECRET_BYTES);
  const hash = await sha256(session);
  const mails =
    entered && browser.known !== organizer
      ? await newBrowserMail(deps, await openAddress(deps, sealed), hash)
      : [];
  const used = await useLink(
    deps,
    link,
    {
      hash,
      before: browser.before ? await hashOf(browser.before) : null,
      expiresAt: deps.clock.now() + deps.settings.ORGANIZER_SESSION_MS,
    },
    mails,
  );
  if (used && mails.length > 0) await wake(deps);
  return used ? { session: base64url(session), organizer } : null;
}

/** The address that an organizer signs in with, or null where they are none any more. */
export async function addressOf(deps: Deps, organizer: string): Promise<string | null> {
  const sealed = await findSealedOf(deps, organizer);
  return sealed && openAddress(deps, sealed);
}

/** Whose session this is, or null. */
export async function whoIs(deps: Deps, token: string): Promise<Organizer | null> {
  const hash = await hashOf(token);
  return hash && findBySession(deps, hash);
}

/** An organizer's sessions that last, the newest first: when each began, to the hour, and which is this one. */
export async function listSessions(deps: Deps, organizer: string, token: string | undefined) {
  const own = token ? await hashOf(token) : null;
  const sessions = await findSessions(deps, organizer);
  return sessions
    .toSorted((a, b) => b.beganAt - a.beganAt)
    .map(({ hash, beganAt }) => ({
      id: hash,
      began: new Date(beganAt).toISOString().replace(/:.*/, ":00:00Z"),
      own: own !== null && hash === hex(own),
    }));
}

/**
 * Ends a session; with an id another one of its organizer, with `all` every one of them and the links
 * that wait. Gives whether the session itself was ended.
 */
export async function leave(
  deps: Deps,
  token: string,
  which: { all: true } | { id: string } | null,
): Promise<boolean> {
  const hash = await hashOf(token);
  if (hash) await endSessions(deps, hash, which);
  return which === null || "all" in which || (hash !== null && which.id === hex(hash));
}

/** Once a night: drops links, sessions, counts, proposals and downloads that have ended. */
export async function forgetEndedSessions(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const oldestProposal = dayOf(now - deps.settings.CHECKS_KEEP_DAYS * DAY);
  await deleteEnded(deps, {
    lastDay: dayOf(now - DAY),
    oldestProposal,
    exportsBefore: now - EXPORTS_COUNT_MS,
  });
}

/** Once a night: deletes organizers without a role who have not come in for ORGANIZERS_KEEP_DAYS. */
export async function forgetIdle(deps: Deps): Promise<void> {
  await deleteIdle(deps, dayOf(deps.clock.now() - deps.settings.ORGANIZERS_KEEP_DAYS * DAY));
}
