import * as z from "zod";
import type { Deps } from "../../deps.ts";
import { base64url, fromBase64url, fromUtf8, hex, utf8, type Bytes } from "../../lib/bytes.ts";
import { DAY, MINUTE, dayOf } from "../../lib/clock.ts";
import { canonicalEmail, emailFault, mailboxOf, NEWEST_EMAIL_RULES } from "../../lib/email.ts";
import { invalid } from "../../lib/problem.ts";
import { retryWrite } from "../../lib/retry.ts";
import { isOlderSeal, mac, open, seal, sha256 } from "../../lib/sealing.ts";
import { mailStatements, wake } from "../../mail/enqueue.ts";
import { PRIORITY, type MailKind } from "../../mail/rules.ts";
import { loadTexts, mailText, renderMail } from "../../ui/i18n.ts";
import {
  deleteEnded,
  deleteIdle,
  endSessions,
  findByAddresses,
  findBySession,
  findSealed,
  insertLinks,
  isLiveLink,
  replaceAddress,
  useLink,
} from "../store.ts";
import type { Organizer } from "../rules.ts";

const SECRET_BYTES = 32;
const ID_BYTES = 8;
/** Organizers' mails and pages are in English only, so far. */
const LOCALE = "en";

/** The keyed hash under which an organizer's address is known. */
export async function addressHash(deps: Deps, address: string): Promise<Bytes> {
  const canonical = canonicalEmail(address, NEWEST_EMAIL_RULES);
  return mac(await deps.keys.hmac("organizers"), canonical);
}

/** Seals an organizer's address; only mails to them open it. */
export async function sealAddress(deps: Deps, address: string): Promise<Bytes> {
  return seal(await deps.keys.aes("organizers"), deps.random, utf8(address), "organizer");
}

/** Throws an Error where the master secret is not the one that it was sealed under. */
export async function openAddress(deps: Deps, sealed: Bytes): Promise<string> {
  const plain = await open(await deps.keys.aes("organizers"), sealed, "organizer");
  if (!plain) throw new Error("organizer.unreadable: MASTER_SECRET is another");
  return fromUtf8(plain);
}

/** A fresh organizer's id. */
export function organizerId(deps: Deps): string {
  return hex(deps.random.bytes(ID_BYTES));
}

const signInEnvelope = z.object({ email: z.string(), slot: z.number() });
type SignInEnvelope = z.output<typeof signInEnvelope>;

/** Asks for a link. The same for every address: who is an organizer is decided when it is sent. */
export async function askSignIn(deps: Deps, address: string): Promise<void> {
  const fault = emailFault(address);
  if (fault) throw invalid([{ path: "email", message: `email.${fault}` }]);
  const slot = Math.floor(deps.clock.now() / deps.settings.SIGN_IN_EVERY_MS);
  const envelope = { email: address, slot };
  const statements = await mailStatements(deps, signInMail, [{ envelope }]);
  await retryWrite(deps, () => deps.db.batch(statements));
  await wake(deps);
}

/** The mail with the link, to the address that was invited. Its life begins when the mail leaves. */
export const signInMail: MailKind<SignInEnvelope> = {
  name: "sign-in",
  priority: PRIORITY.signIn,
  envelope: signInEnvelope,
  version: 1,
  address: ({ email }) => email,
  campaign: () => null,
  always: true,
  // Its link lives for minutes: sent again it would be of no use.
  keepMs: () => 0,
  limits: ({ settings }, { email, slot }) => {
    const mailbox = mailboxOf(email);
    return [
      { about: `${mailbox}|${slot}`, most: 1 },
      { about: mailbox, most: settings.SIGN_IN_PER_ORGANIZER },
      { about: "all", most: settings.SIGN_IN_PER_DAY },
    ];
  },
  merge: (older) => older,
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

/** Uses a link, once. Gives the session's token, or null where the link was used or is too old. */
export async function enter(deps: Deps, token: string): Promise<string | null> {
  const link = await hashOf(token);
  if (!link) return null;
  const session = deps.random.bytes(SECRET_BYTES);
  const expiresAt = deps.clock.now() + deps.settings.ORGANIZER_SESSION_MS;
  const used = await useLink(deps, link, await sha256(session), expiresAt);
  return used ? base64url(session) : null;
}

/** Whose session this is, or null. */
export async function whoIs(deps: Deps, token: string): Promise<Organizer | null> {
  const hash = await hashOf(token);
  return hash && findBySession(deps, hash);
}

/** Ends a session, or with `all` every session of its organizer. */
export async function leave(deps: Deps, token: string, all: boolean): Promise<void> {
  const hash = await hashOf(token);
  if (hash) await endSessions(deps, hash, all);
}

/** Once a night: drops links and sessions that have ended. */
export async function forgetEndedSessions(deps: Deps): Promise<void> {
  await deleteEnded(deps);
}

/** Once a night: deletes organizers without a role who have not come in for ORGANIZERS_KEEP_DAYS. */
export async function forgetIdle(deps: Deps): Promise<void> {
  await deleteIdle(deps, dayOf(deps.clock.now() - deps.settings.ORGANIZERS_KEEP_DAYS * DAY));
}

/** Seals and hashes anew the addresses that are still under the master secret before. Safe to repeat. */
export async function rewrapOrganizers(deps: Deps): Promise<number> {
  const key = await deps.keys.aes("organizers");
  const older = (await findSealed(deps)).filter(({ sealed }) => isOlderSeal(key, sealed));
  for (const { id, sealed } of older) {
    const address = await openAddress(deps, sealed);
    await replaceAddress(
      deps,
      id,
      await addressHash(deps, address),
      await sealAddress(deps, address),
    );
  }
  return older.length;
}
