import { campaignsOf } from "../campaigns/read.ts";
import type { Deps } from "../deps.ts";
import { DAY, dayOf } from "../lib/clock.ts";
import { log } from "../lib/log.ts";
import { mailStatements } from "../mail/enqueue.ts";
import { followMails, freePlaces } from "../mail/follow.ts";
import { writable } from "../recipients/lookup.ts";
import type { Recipient } from "../recipients/schema.ts";
import { openLetter } from "./envelope.ts";
import { noticesOf, serverLetterMail } from "./mails.ts";
import { isOfficeOpen, officeDays, officeHours, officeTime, releaseOf } from "./rules.ts";
import type { LetterEnvelope } from "./schema.ts";
import {
  countMissed,
  dueLetters,
  endLetters,
  forgetMarks,
  handToMail,
  lettersUnderWay,
  moveMissed,
  settleLetters,
  type DueLetter,
  type EndedLetter,
  type LetterState,
} from "./store.ts";
import { areLettersOff } from "./switch.ts";

/**
 * Hands letters whose turn has come to `mail`: within the office's hours, and no more than may leave
 * today, so that none is late and counts on another day. May run in any number of places at once.
 */
export async function releaseLetters(deps: Deps): Promise<void> {
  const { settings } = deps;
  if (await areLettersOff(deps)) return;
  const now = deps.clock.now();
  const places = Math.min(settings.LETTERS_PER_RUN, await freePlaces(deps));
  const due: DueLetter[] = [];
  for (const parliament of deps.parliaments) {
    const { jurisdiction } = parliament;
    const office = officeTime(parliament, now);
    const hours = officeHours(parliament, settings);
    const days = officeDays(office, hours.closesH, settings.LETTERS_AHEAD_DAYS);
    const most = settings.LETTERS_MOVED_PER_RUN;
    const missed = await countMissed(deps, jurisdiction, office.day, most);
    for (let one = 0; one < missed; one++) {
      await moveMissed(deps, jurisdiction, office.day, days, settings.LETTERS_PER_RECIPIENT);
    }
    if (isOfficeOpen(office, hours) && due.length < places) {
      due.push(...(await dueLetters(deps, jurisdiction, office, places - due.length)));
    }
  }
  await handOverAll(deps, due);
}

async function handOverAll(deps: Deps, due: readonly DueLetter[]): Promise<void> {
  if (due.length === 0) return;
  const now = deps.clock.now();
  const campaigns = await campaignsOf(
    deps,
    due.map((letter) => letter.campaign),
  );
  // The rest goes with the next minute: each campaign takes queries of its own.
  const groups = [...Map.groupBy(due, (letter) => letter.campaign)];
  for (const [slug, letters] of groups.slice(0, deps.settings.LETTERS_CAMPAIGNS_PER_RUN)) {
    const campaign = campaigns.get(slug);
    const ended = releaseOf(campaign, now) === "end";
    const there =
      campaign && !ended
        ? await writable(
            deps,
            campaign,
            letters.map((letter) => letter.recipient),
          )
        : new Map<string, Recipient>();
    const going: { id: string; mailId: number; envelope: LetterEnvelope }[] = [];
    const stopped: EndedLetter[] = [];
    const told: Parameters<typeof noticesOf>[1][number][] = [];
    for (const { id, mailId, recipient, sealed } of letters) {
      const letter = await openLetter(deps, id, sealed);
      const to = there.get(recipient)?.email;
      if (letter && to) {
        going.push({ id, mailId, envelope: { ...letter, to } });
        continue;
      }
      const code = ended ? "ended" : letter ? "nobody_there" : "unreadable";
      log("error", { code: `letters.${code}` });
      stopped.push({ id, state: "stopped" });
      if (letter) told.push({ mailId, letter, why: ended ? "ended" : "stopped" });
    }
    const mails = await mailStatements(
      deps,
      serverLetterMail,
      going.map(({ mailId, envelope }) => ({ id: mailId, envelope })),
    );
    await handToMail(
      deps,
      going.map(({ id }) => id),
      mails,
    );
    await endLetters(deps, stopped, await noticesOf(deps, told));
  }
}

const BECAME: Record<string, LetterState> = {
  accepted: "accepted",
  delivered: "delivered",
  bounced: "bounced",
  complained: "delivered",
  failed: "failed",
  suppressed: "failed",
  unknown: "failed",
};
const FOLLOWED = 500;

/** Takes over what became of letters in the hands of `mail`. Safe to repeat. */
export async function followLetters(deps: Deps, state: "handed" | "accepted"): Promise<void> {
  // What became of an accepted mail can only be told while its row is kept.
  const kept = dayOf(deps.clock.now() - deps.settings.MAIL_KEEP_MS - DAY);
  const since = state === "accepted" ? kept : "";
  const underWay = await lettersUnderWay(deps, state, since, FOLLOWED);
  if (underWay.length === 0) return;
  const became = await followMails(
    deps,
    underWay.map((letter) => letter.mailId),
  );
  const settled = underWay.flatMap(({ id, mailId }) => {
    const mail = became.get(mailId) ?? null;
    // An accepted mail whose row has had its time stays accepted; one taken back never left.
    if (mail === null) return state === "handed" ? [{ id, state: "stopped" as const }] : [];
    const next = BECAME[mail];
    return next && next !== state ? [{ id, state: next }] : [];
  });
  await settleLetters(deps, settled);
}

/** Once a night: drops what only a day needed, and what was kept long enough. */
export async function forgetLetterMarks(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const { LETTER_WRITERS_KEEP_DAYS, LETTER_OPT_OUTS_KEEP_DAYS } = deps.settings;
  const before = (days: number) => dayOf(now - days * DAY);
  await forgetMarks(deps, {
    today: dayOf(now),
    writersBefore: before(LETTER_WRITERS_KEEP_DAYS),
    optOutsBefore: before(LETTER_OPT_OUTS_KEEP_DAYS),
  });
}
