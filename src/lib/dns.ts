import type { Deps } from "../deps.ts";

/** Numbers of the types of records. */
const TYPES = { A: 1, MX: 15, TXT: 16, AAAA: 28 } as const;
type RecordType = keyof typeof TYPES;

/** What a server answers that knows (RCODE); all else is no answer. */
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

interface Reply {
  exists: boolean;
  /** What the records of the type that was asked for say, as it is written in a zone file. */
  records: string[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Asks the DNS over HTTPS, as JSON. Throws where nobody answers. */
async function ask(deps: Deps, name: string, type: RecordType): Promise<Reply> {
  const query = new URLSearchParams({ name, type });
  const response = await deps.fetch(`${deps.settings.DNS_URL}?${query.toString()}`, {
    headers: { accept: "application/dns-json" },
    signal: AbortSignal.timeout(deps.settings.DNS_ANSWER_MS),
  });
  if (!response.ok) throw new Error(`dns.unanswered: ${response.status}`);
  const answer: unknown = await response.json();
  const status = isObject(answer) ? answer["Status"] : undefined;
  if (!isObject(answer) || (status !== NO_ERROR && status !== NO_SUCH_NAME)) {
    throw new Error(`dns.unanswered: ${String(status)}`);
  }
  const list: unknown[] = Array.isArray(answer["Answer"]) ? answer["Answer"] : [];
  // An alias stands in the same list, with a type of its own.
  const records = list.flatMap((one) =>
    isObject(one) && one["type"] === TYPES[type] && typeof one["data"] === "string"
      ? [one["data"]]
      : [],
  );
  return { exists: status === NO_ERROR, records };
}

/** A text of several strings comes as `"…" "…"`. */
const joined = (data: string): string =>
  [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part!).join("") || data;

/** The TXT record of a name, or null where it has none or more than one. Throws where nobody answers. */
export async function readTxt(deps: Deps, name: string): Promise<string | null> {
  const { records } = await ask(deps, name, "TXT");
  return records.length === 1 ? joined(records[0]!) : null;
}

/** What is asked, one after the other, until it is known whether a domain takes mail (RFC 5321, 5.1). */
export const MAIL_TYPES = ["MX", "A", "AAAA"] as const;

/**
 * Whether a domain takes mail by its records of one type; null where the next type decides. Throws where
 * nobody answers.
 */
export async function takesMail(
  deps: Deps,
  domain: string,
  type: (typeof MAIL_TYPES)[number],
): Promise<boolean | null> {
  const { exists, records } = await ask(deps, domain, type);
  if (!exists) return false;
  // A single one that names no host says that no mail is taken (RFC 7505).
  if (records.length > 0) return !records.every((data) => /^\d+\s+\.$/.test(data.trim()));
  return type === MAIL_TYPES.at(-1) ? false : null;
}
