import { domainToASCII } from "node:url";

/** Domains of mailboxes that lie under the law of one state. */
interface ProviderGroup {
  state: "BY" | "RU";
  /** Each of these, and whatever stands below it. A name with a dot at its end fits under any ending. */
  domains: readonly string[];
  source: string;
}

const REGISTER =
  "lenta.ru, 11 August 2017: Yandex, Rambler and Mail.ru are on the state's register of those who hand over messages";

/** Each with its source. What no source names is left out, and gets no warning. */
const GROUPS: readonly ProviderGroup[] = [
  {
    state: "RU",
    domains: ["mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru"],
    source: `Delta Chat's provider database, mail.ru; ${REGISTER}`,
  },
  {
    state: "RU",
    domains: ["yandex.", "ya.ru", "narod.ru"],
    source: `Delta Chat's provider database, yandex.ru; ${REGISTER}`,
  },
  {
    state: "RU",
    domains: [
      "rambler.ru",
      "autorambler.ru",
      "myrambler.ru",
      "lenta.ru",
      "ro.ru",
      "r0.ru",
      "rambler.ua",
    ],
    source: `Delta Chat's provider database, rambler.ru; ${REGISTER}`,
  },
  {
    state: "BY",
    domains: ["tut.by"],
    source: "a-blog.by, February 2026: the authorities have its mailboxes given up; kept at Yandex",
  },
  {
    state: "BY",
    domains: ["by", "xn--90ais"],
    source: "IANA Root Zone Database: the country codes of Belarus",
  },
  {
    state: "RU",
    domains: ["ru", "xn--p1ai", "su"],
    source: "IANA Root Zone Database: the country codes that are run in Russia",
  },
];

function fits(domain: string, name: string): boolean {
  if (name.endsWith(".")) return domain.startsWith(name) || domain.includes(`.${name}`);
  return domain === name || domain.endsWith(`.${name}`);
}

/** The part of an address that says where its mailbox is, in ASCII and lower case. */
export function domainOf(address: string): string {
  return domainToASCII(address.slice(address.lastIndexOf("@") + 1)).toLowerCase();
}

/**
 * Large providers, where anybody gets a mailbox: each with the domains that it gives addresses under.
 * Their domain says nothing of who stands behind it.
 */
const LARGE: readonly (readonly string[])[] = [
  "gmail.com googlemail.com",
  "outlook.com hotmail.com live.com msn.com outlook.de outlook.fr outlook.it outlook.es hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.co.uk live.de live.fr live.it live.nl live.be live.co.uk",
  "yahoo.com ymail.com rocketmail.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk yahoo.pl",
  "aol.com",
  "icloud.com me.com mac.com",
  "proton.me protonmail.com pm.me protonmail.ch",
  "fastmail.com fastmail.fm",
  "tuta.com tutanota.com",
  "gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.fr web.de",
  "t-online.de",
  "freenet.de",
  "posteo.de",
  "mailbox.org",
  "orange.fr wanadoo.fr",
  "free.fr",
  "laposte.net",
  "sfr.fr",
  "libero.it",
  "seznam.cz",
  "wp.pl o2.pl",
  "onet.pl op.pl",
  "interia.pl",
  "gazeta.pl",
  "inbox.lt",
  "one.lt",
  "delfi.lt",
  "inbox.lv",
  "mail.ee",
  "ukr.net",
  "ziggo.nl",
  "kpnmail.nl",
  "telenet.be",
  "bluewin.ch",
  "mail.ru bk.ru list.ru inbox.ru",
  "yandex.ru ya.ru yandex.com yandex.by yandex.kz yandex.ua",
  "rambler.ru",
  "tut.by",
].map((domains) => domains.split(" "));

/** The state under whose law the provider of a faultless address lies by its domain alone, or null. */
export function providerState(address: string): "BY" | "RU" | null {
  const domain = domainOf(address);
  const found = GROUPS.find((group) => group.domains.some((name) => fits(domain, name)));
  return found?.state ?? null;
}

/** The place of an address's provider among the large ones, or null. */
export function largeProvider(address: string): number | null {
  const domain = domainOf(address);
  const place = LARGE.findIndex((domains) => domains.includes(domain));
  return place < 0 ? null : place;
}

/** The name of an address's large provider: its first domain. Null for all others. */
export function providerName(address: string): string | null {
  const place = largeProvider(address);
  return place === null ? null : LARGE[place]![0]!;
}

const SHORT_LABEL = 3;

/**
 * The domain under which its owner can make mailboxes at will, or null for a large provider's. A short
 * label before a country's code (`co.uk`) is taken for a part of it.
 */
export function ownDomain(address: string): string | null {
  if (largeProvider(address) !== null) return null;
  const labels = domainOf(address).split(".");
  const country = labels.at(-1)!.length === 2 && (labels.at(-2) ?? "").length <= SHORT_LABEL;
  return labels.slice(country ? -3 : -2).join(".");
}

/** Second names under a country's ending below which anyone registers: co.uk, com.pl, gov.by. */
const SHARED = /^(ac|co|com|edu|gov|gouv|mil|net|org|or|ne|waw|info|biz)$/;

/** The domain that somebody registered, as far as it can be told without a list of all endings. */
export function baseDomain(address: string): string {
  const labels = domainOf(address).split(".");
  const shared = labels.at(-1)!.length === 2 && SHARED.test(labels.at(-2) ?? "");
  return labels.slice(shared ? -3 : -2).join(".");
}
