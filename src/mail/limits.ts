import type { Settings } from "../env.ts";
import type { Quota, ReputationLimits } from "./rules.ts";

export function quotaOf(settings: Settings): Quota {
  return {
    perDay: settings.MAIL_PER_DAY,
    perMonth: settings.MAIL_PER_MONTH,
    reserve: settings.MAIL_SIGN_IN_RESERVE,
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
