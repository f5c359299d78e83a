import type { Deps } from "../deps.ts";

const TXT = 16;

/** What a server answers that knows (RCODE); all else is no answer. */
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

/** A record as it is written in a zone file, with the number of its type. */
interface DnsRecord {
  type: number;
  data: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Asks the DNS over HTTPS, as JSON. Throws where nobody answers. */
async function ask(deps: Deps, name: string, type: "TXT"): Promise<DnsRecord[]> {
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
  const records = list.flatMap((one) => {
    if (!isObject(one)) return [];
    const { type: kind, data } = one;
    return typeof kind === "number" && typeof data === "string" ? [{ type: kind, data }] : [];
  });
  return records;
}

/** A text of several strings comes as `"…" "…"`. */
const joined = (data: string): string =>
  [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part!).join("") || data;

/** The TXT record of a name, or null where it has none or more than one. Throws where nobody answers. */
export async function readTxt(deps: Deps, name: string): Promise<string | null> {
  const texts = (await ask(deps, name, "TXT")).filter(({ type }) => type === TXT);
  return texts.length === 1 ? joined(texts[0]!.data) : null;
}
