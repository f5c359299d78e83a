import * as z from "zod";

/** What becomes of a mail that was accepted. */
export const courseInput = z.strictObject({
  end: z.enum(["delivered", "delayed", "bounced", "complained", "failed", "suppressed"]),
  /** Of a bounce. */
  type: z.enum(["Permanent", "Transient", "Undetermined"]).optional(),
  subType: z.string().optional(),
  /** Of a failure: `reached_daily_quota` is the one that Resend documents. */
  reason: z.string().optional(),
});
export type Course = z.output<typeof courseInput>;

const NAMED: [part: string, course: Course][] = [
  ["softbounce", { end: "bounced", type: "Transient", subType: "MailboxFull" }],
  ["undetermined", { end: "bounced", type: "Undetermined", subType: "Undetermined" }],
  ["bounce", { end: "bounced", type: "Permanent", subType: "General" }],
  ["complain", { end: "complained" }],
  ["delay", { end: "delayed" }],
  ["suppress", { end: "suppressed" }],
  ["fail", { end: "failed", reason: "reached_daily_quota" }],
];

/** What happens to a mail by itself: its address says so, as Resend's test addresses do. */
export function courseOf(address: string): Course {
  const local = address.split("@")[0]!.toLowerCase();
  return NAMED.find(([part]) => local.includes(part))?.[1] ?? { end: "delivered" };
}

const EVENTS: Record<Course["end"], string[]> = {
  delivered: ["email.sent", "email.delivered"],
  delayed: ["email.sent", "email.delivery_delayed", "email.delivered"],
  bounced: ["email.sent", "email.bounced"],
  complained: ["email.sent", "email.delivered", "email.complained"],
  failed: ["email.failed"],
  suppressed: ["email.suppressed"],
};

/** The events that Resend tells of a course. */
export const eventsOf = (course: Course): string[] => EVENTS[course.end];

/** Whether a mail gets to its reader. */
export function arrives(course: Course | undefined): boolean {
  return !course || ["delivered", "delayed", "complained"].includes(course.end);
}
