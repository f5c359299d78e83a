import type { Settings } from "../env.ts";
import type { Quota, ReputationLimits } from "./rules.ts";

const LONGEST_MONTH_DAYS = 31;

/** What is left for everything but sign-in, whose share is taken off whether it is used or not. */
export function quotaOf(settings: Settings): Quota {
  const { MAIL_PER_DAY, MAIL_PER_MONTH, SIGN_IN_PER_DAY } = settings;
  return {
    perDay: Math.max(0, MAIL_PER_DAY - SIGN_IN_PER_DAY),
    perMonth: Math.max(0, MAIL_PER_MONTH - LONGEST_MONTH_DAYS * SIGN_IN_PER_DAY),
  };
}

export function gateLimits(settings: Settings): ReputationLimits {
  return {
    bounceWindow: settings.BOUNCE_WINDOW,
    bounceStop: settings.BOUNCE_STOP,
    complaintWindow: settings.COMPLAINT_WINDOW,
    complaintStop: settings.COMPLAINT_STOP,
  };
}
