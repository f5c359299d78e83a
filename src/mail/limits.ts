import type { Settings } from "../env.ts";
import type { BrakeLimits, Door, Quota, Turns } from "./rules.ts";

const LONGEST_MONTH_DAYS = 31;

/**
 * What is left for everything but sign-in and notices to owners, whose shares are taken off whether they
 * are used or not.
 */
export function quotaOf(settings: Settings): Quota {
  const { MAIL_PER_DAY, MAIL_PER_MONTH, SIGN_IN_PER_DAY, NOTICES_PER_DAY } = settings;
  const kept = SIGN_IN_PER_DAY + NOTICES_PER_DAY;
  return {
    perDay: Math.max(0, MAIL_PER_DAY - kept),
    perMonth: Math.max(0, MAIL_PER_MONTH - LONGEST_MONTH_DAYS * kept),
  };
}

/** The same with what is kept for notices to owners, for them alone. */
export function noticeQuotaOf(settings: Settings): Quota {
  return quotaOf({ ...settings, NOTICES_PER_DAY: 0 });
}

/** When all mail slows down. */
export function brakeLimits(settings: Settings): BrakeLimits {
  return {
    unproved: settings.MAIL_UNPROVED,
    bounces: settings.BOUNCE_SLOW,
    bouncesLeast: settings.BOUNCE_LEAST,
    complaints: settings.COMPLAINT_SLOW,
    complaintsLeast: settings.COMPLAINT_LEAST,
    trickle: settings.MAIL_TRICKLE_PER_HOUR,
  };
}

/** When mail to one receiving domain does; a few outcomes say enough of it. */
export function domainLimits(settings: Settings): BrakeLimits {
  return {
    ...brakeLimits(settings),
    unproved: settings.MAIL_UNPROVED_PER_DOMAIN,
    bouncesLeast: settings.BOUNCE_LEAST_PER_DOMAIN,
    trickle: settings.MAIL_TRICKLE_PER_DOMAIN,
  };
}

/** How often a lane has its turn, as owners have set the door. */
export function turnsOf(settings: Settings, { slower }: Pick<Door, "slower">): Turns {
  const { LANE_PLAIN_TURNS, LANE_CROWDED_TURNS: crowded } = settings;
  return { proved: 1, plain: slower ? crowded : LANE_PLAIN_TURNS, crowded };
}
