import type { Deps } from "../deps.ts";
import { MAIL_TYPES, takesMail } from "../lib/dns.ts";
import { log } from "../lib/log.ts";
import { saveDomains, takingDomains } from "./store.ts";

/** What is known of a domain: whether it takes mail, or that its turn to be asked about has yet to come. */
export type Taking = "yes" | "no" | "unasked";

/**
 * Whether domains, by their scopes, take mail: by what the DNS answered lately, else it is asked, in this
 * order and MAIL_DNS_QUESTIONS times at most. Where it does not answer, all go on as if they did.
 */
export async function whichTakeMail(
  deps: Deps,
  domains: ReadonlyMap<string, string>,
): Promise<Map<string, Taking>> {
  const { settings } = deps;
  const taking = new Map<string, Taking>();
  if (settings.MAIL_DNS === "off" || domains.size === 0) return taking;
  for (const { scope, takes } of await takingDomains(deps, [...domains.keys()])) {
    taking.set(scope, takes === 1 ? "yes" : "no");
  }
  let open = [...domains].filter(([scope]) => !taking.has(scope));
  let left = settings.MAIL_DNS_QUESTIONS;
  let unanswered = 0;
  const learned: { scope: string; takes: boolean }[] = [];
  for (const type of MAIL_TYPES) {
    const asked = open.slice(0, left);
    left -= asked.length;
    const answers = await Promise.allSettled(
      asked.map(([, domain]) => takesMail(deps, domain, type)),
    );
    for (const [at, answer] of answers.entries()) {
      const [scope] = asked[at]!;
      if (answer.status === "rejected") unanswered += 1;
      else if (answer.value !== null) learned.push({ scope, takes: answer.value });
    }
    if (unanswered > 0) break;
    const known = new Set(learned.map(({ scope }) => scope));
    open = open.filter(([scope]) => !known.has(scope));
  }
  if (learned.length > 0) await saveDomains(deps, learned);
  for (const { scope, takes } of learned) taking.set(scope, takes ? "yes" : "no");
  if (unanswered > 0) log("error", { code: "mail.dns_unanswered", count: unanswered });
  for (const scope of domains.keys()) {
    if (!taking.has(scope)) taking.set(scope, unanswered > 0 ? "yes" : "unasked");
  }
  return taking;
}
