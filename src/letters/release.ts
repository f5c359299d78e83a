import { readCampaign } from "../campaigns/read.ts";
import type { Deps } from "../deps.ts";
import { DAY, dayOf } from "../lib/clock.ts";
import { log } from "../lib/log.ts";
import { mailStatement } from "../mail/enqueue.ts";
import { followMails, freePlaces } from "../mail/follow.ts";
import { PRIORITY } from "../mail/rules.ts";
import { writable } from "../recipients/lookup.ts";
import { openLetter } from "./envelope.ts";
import { noticeOf } from "./notice.ts";
import { isOfficeOpen, officeDays, officeTime } from "./rules.ts";
import {
  countMissed,
  dueLetters,
  dueTests,
  endLetters,
  forgetDay,
  handOver,
  lettersUnderWay,
  moveMissed,
  settleLetters,
  type DueLetter,
  type EndedLetter,
  type LetterState,
} from "./store.ts";

const JURISDICTIONS = ["EU", "US"] as const;

/**
 * Hands letters whose turn has come to `mail`: within the office's hours, and no more than may leave
 * today, so that none is late and counts on another day. May run in any number of places at once.
 */
export async function releaseLetters(deps: Deps): Promise<void> {
  const { settings } = deps;
  const now = deps.clock.now();
  const places = Math.min(settings.LETTERS_PER_RUN, await freePlaces(deps));
  const due: DueLetter[] = await dueTests(deps, places);
  for (const jurisdiction of JURISDICTIONS) {
    const office = officeTime(jurisdiction, now);
    const days = officeDays(office, settings.OFFICE_CLOSES_H, settings.LETTERS_AHEAD_DAYS);
    const missed = await countMissed(deps, jurisdiction, office.day, settings.LETTERS_PER_RUN);
    for (let one = 0; one < missed; one++) {
      await moveMissed(deps, jurisdiction, office.day, days, settings.LETTERS_PER_RECIPIENT);
    }
    if (isOfficeOpen(office, settings) && due.length < places) {
      due.push(...(await dueLetters(deps, jurisdiction, office, places - due.length)));
    }
  }
  await handOverAll(deps, due);
}

async function handOverAll(deps: Deps, due: DueLetter[]): Promise<void> {
  const bySlug = Map.groupBy(due, (letter) => letter.campaign);
  for (const [slug, letters] of bySlug) {
    const campaign = await readCampaign(deps, slug);
    const there = await writable(
      deps,
      campaign,
      letters.map((letter) => letter.recipient),
    );
    const going: { id: string; mail: D1PreparedStatement }[] = [];
    const stopped: EndedLetter[] = [];
    for (const letter of letters) {
      const envelope = await openLetter(deps, letter.id, letter.sealed);
      const recipient = there.get(letter.recipient);
      const to = campaign.lettersTestTo ?? recipient?.email;
      if (!envelope || !to) {
        log("error", { code: envelope ? "letters.nobody_there" : "letters.unreadable" });
        stopped.push({
          id: letter.id,
          state: "stopped",
          notice: envelope && (await noticeOf(deps, letter.mailId, envelope, "stopped")),
        });
        continue;
      }
      const mail = await mailStatement(deps, {
        id: letter.mailId,
        kind: "letter",
        priority: PRIORITY.letter,
        envelope: { ...envelope, to },
      });
      going.push({ id: letter.id, mail });
    }
    await handOver(deps, going);
    await endLetters(deps, stopped);
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

/** Once a night: drops what only a day needed. */
export async function forgetLetterMarks(deps: Deps): Promise<void> {
  await forgetDay(deps, dayOf(deps.clock.now()));
}
