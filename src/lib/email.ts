import { domainOf } from "./providers.ts";

/** What one mail provider documents about addresses that reach the same mailbox. */
interface ProviderRule {
  domains: readonly string[];
  /** All of `domains` are one mailbox; written as the first. */
  sameMailbox: boolean;
  dots: "ignored" | "count";
  /** What follows this character in the local part is ignored. */
  tag: string | null;
  source: string;
}

/**
 * Rules by version. A campaign keeps the version that it opened with, because another rule would
 * give a known signer another hash. Never change a version that was released: add one.
 */
const FIRST: readonly ProviderRule[] = [
  {
    domains: ["gmail.com", "googlemail.com"],
    sameMailbox: true,
    dots: "ignored",
    tag: "+",
    source: "Gmail Help: dots don't matter in Gmail addresses; send from a task-specific address",
  },
  {
    domains: ["outlook.com", "hotmail.com", "live.com"],
    sameMailbox: false,
    dots: "count",
    tag: "+",
    source: "Microsoft Learn: plus addressing in Exchange Online and Outlook.com",
  },
  {
    domains: ["proton.me", "protonmail.com", "pm.me"],
    sameMailbox: false,
    dots: "count",
    tag: "+",
    source: "Proton support: addresses and aliases",
  },
  {
    domains: ["icloud.com", "me.com", "mac.com"],
    sameMailbox: false,
    dots: "count",
    tag: "+",
    source: "Apple Support: plus addressing in iCloud Mail",
  },
  {
    domains: ["fastmail.com", "fastmail.fm"],
    sameMailbox: false,
    dots: "count",
    tag: "+",
    source: "Fastmail Help: plus addressing and subdomain addressing",
  },
];

/** What is the same in both versions, by the first domain of a rule. */
const kept = (...firstDomains: string[]) =>
  FIRST.filter(({ domains }) => firstDomains.includes(domains[0]!));

const VERSIONS: Record<number, readonly ProviderRule[]> = {
  1: FIRST,
  2: [
    ...kept("gmail.com", "outlook.com", "fastmail.com"),
    {
      domains: ["yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua"],
      sameMailbox: true,
      dots: "count",
      tag: "+",
      source: "Yandex ID Help: a username is an address on each of Yandex's domains",
    },
    {
      domains: ["proton.me", "protonmail.com", "pm.me", "protonmail.ch"],
      sameMailbox: false,
      dots: "count",
      tag: "+",
      source:
        "Proton support: addresses and aliases; whether one name on two domains is always one person's it does not say",
    },
    {
      domains: ["icloud.com", "me.com", "mac.com"],
      sameMailbox: true,
      dots: "count",
      tag: "+",
      source: "Apple Support: @icloud.com, @me.com and @mac.com; plus addressing in iCloud Mail",
    },
  ],
};

/** What stands under a hash for good, whatever campaigns are counted by: organizers' addresses. */
export const FIRST_EMAIL_RULES = 1;
export const NEWEST_EMAIL_RULES = 2;
export const LONGEST_EMAIL = 254;
const LONGEST_LOCAL = 64;

/** Why a text is not an address that we can write to; keys of `field.email.*` in templates/ui. */
export type EmailFault = "missing" | "too_long" | "malformed" | "not_ascii";

/**
 * What is wrong with an address, or null. The plain form of RFC 5321 only: no quoted local part, no
 * address literal, no character outside ASCII (browsers turn such domains to ASCII by themselves).
 */
export function emailFault(text: string): EmailFault | null {
  if (text === "") return "missing";
  if (text.length > LONGEST_EMAIL) return "too_long";
  // oxlint-disable-next-line no-control-regex -- what is looked for
  if (/[^\u0000-\u007f]/.test(text)) return "not_ascii";
  const parts = /^([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+)@([A-Za-z0-9.-]+)$/.exec(text);
  if (!parts) return "malformed";
  const [, local, domain] = parts as unknown as [string, string, string];
  if (local.length > LONGEST_LOCAL || /^\.|\.\.|\.$/.test(local)) return "malformed";
  const labels = domain.split(".");
  const good = (label: string) => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label);
  if (labels.length < 2 || !labels.every(good) || /^\d+$/.test(labels.at(-1)!)) return "malformed";
  return null;
}

/** The one spelling that stands for a mailbox, by the rules of a version. The address must be faultless. */
export function canonicalEmail(address: string, version: number): string {
  const rules = VERSIONS[version];
  if (!rules) throw new RangeError(`no e-mail rules ${version}`);
  const at = address.lastIndexOf("@");
  let local = address.slice(0, at).toLowerCase();
  let domain = domainOf(address);
  const rule = rules.find((candidate) => candidate.domains.includes(domain));
  if (rule) {
    if (rule.tag !== null && local.indexOf(rule.tag) > 0) {
      local = local.slice(0, local.indexOf(rule.tag));
    }
    if (rule.dots === "ignored") local = local.replaceAll(".", "");
    if (rule.sameMailbox) domain = rule.domains[0]!;
  }
  return `${local}@${domain}`;
}

/** Names of one provider under which the same mailbox is reached, and characters that count for nothing. */
const MAILBOXES: readonly { domains: readonly string[]; ignored: RegExp | null; source: string }[] =
  [
    {
      domains: ["gmail.com", "googlemail.com"],
      ignored: /\./g,
      source: "Gmail Help: dots don't matter in Gmail addresses",
    },
    {
      domains: ["yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua"],
      ignored: /[.-]/g,
      source: "Yandex Mail Help: addresses and aliases of a mailbox",
    },
    {
      domains: ["proton.me", "protonmail.com", "pm.me", "protonmail.ch"],
      ignored: /[._-]/g,
      source: "Proton support: addresses and aliases",
    },
    {
      domains: ["fastmail.com", "fastmail.fm"],
      ignored: null,
      source:
        "Fastmail Help: plus addressing and subdomain addressing; whether both are one user's it does not say",
    },
    {
      domains: ["icloud.com", "me.com", "mac.com"],
      ignored: null,
      source: "Apple Support: @icloud.com, @me.com and @mac.com",
    },
  ];

/**
 * The spelling of limits: rather one too few mails than a mailbox that is flooded under its many
 * names. Tags go at every provider. It is no identity: nobody is counted by it.
 */
export function mailboxOf(address: string): string {
  const at = address.lastIndexOf("@");
  const local = address
    .slice(0, at)
    .toLowerCase()
    .replace(/(?<=.)\+.*$/, "");
  const domain = domainOf(address);
  // Fastmail Help, subdomain addressing: whatever stands before it reaches the user that the subdomain names.
  const own = /^(.+)\.(?:fastmail\.com|fastmail\.fm)$/.exec(domain)?.[1];
  if (own !== undefined) return `${own}@fastmail.com`;
  const rule = MAILBOXES.find((one) => one.domains.includes(domain));
  if (!rule) return `${local}@${domain}`;
  const plain = rule.ignored ? local.replace(rule.ignored, "") : local;
  return `${plain}@${rule.domains[0]!}`;
}

/** The rules of a version with their sources, for the page that explains them and for tests. */
export function emailRules(version: number): readonly ProviderRule[] {
  return VERSIONS[version] ?? [];
}

const COMMON_DOMAINS = [
  "gmail.com",
  "outlook.com",
  "hotmail.com",
  "yahoo.com",
  "icloud.com",
  "proton.me",
  "protonmail.com",
  "gmx.de",
  "gmx.net",
  "web.de",
  "t-online.de",
  "orange.fr",
  "free.fr",
  "laposte.net",
  "wp.pl",
  "onet.pl",
  "interia.pl",
  "o2.pl",
  "mail.ru",
  "yandex.ru",
  "tut.by",
  "inbox.lt",
  "inbox.lv",
];

/** The address with a common domain in place of a mistyped one (one edit away), or null. */
export function suggestEmail(address: string): string | null {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1).toLowerCase();
  if (COMMON_DOMAINS.includes(domain)) return null;
  const meant = COMMON_DOMAINS.find((candidate) => withinOneEdit(domain, candidate));
  return meant ? `${address.slice(0, at)}@${meant}` : null;
}

/** One letter more, less, other, or two neighbours swapped. Short names are left alone. */
function withinOneEdit(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < 6 || Math.abs(a.length - b.length) > 1) return false;
  let head = 0;
  while (head < a.length && a[head] === b[head]) head++;
  let tail = 0;
  const most = Math.min(a.length, b.length) - head;
  while (tail < most && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const restA = a.slice(head, a.length - tail);
  const restB = b.slice(head, b.length - tail);
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA === restB[1]! + restB[0]!;
}
