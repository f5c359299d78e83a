import { isMonth } from "../lib/clock.ts";
import { formatDay, formatMonth, formatNumber, translator, type UiKey } from "../ui/i18n.ts";
import type { Cell, Change, Claim, Entry, Regime, Side } from "./rules.ts";
import type { ClaimTexts } from "./texts.ts";

/** A sentence, and its language where that is not the page's. */
export interface Said {
  text: string;
  lang: "en" | undefined;
}

/** How the pages and the feed of one language name things. */
export function wordsOf(locale: string, texts: ClaimTexts) {
  const t = translator(locale);
  const said = (id: string, english: string): Said =>
    texts[id] === undefined
      ? { text: english, lang: locale === "en" ? undefined : "en" }
      : { text: texts[id], lang: undefined };
  const inEnglish = (text: string): Said => ({ text, lang: locale === "en" ? undefined : "en" });
  const statusOf = (status: Cell["status"] | Change["status"]) =>
    status === "no_longer" || status === "as_before"
      ? t(`measures.kind.${status}`)
      : t(`measures.status.${status}`);
  return {
    t,
    number: (value: number) => formatNumber(locale, value),
    sector: (sector: string) => t(`measures.sector.${sector}` as UiKey),
    column: (side: Side, regime: Regime) =>
      t(`measures.${side.toLowerCase()}_${regime.toLowerCase()}` as UiKey),
    when: (day: string) => (isMonth(day) ? formatMonth(locale, day) : formatDay(locale, day)),
    day: (day: string) => formatDay(locale, day),
    /** Days with their sign: a plus where Belarus came later. */
    signed: (days: number) => {
      const n = formatNumber(locale, Math.abs(days));
      return days === 0 ? n : `${days > 0 ? "+" : "−"}${n}`;
    },
    statusOf,
    /** What a cell says; null where there is nothing to say. */
    act: (cell: Cell): Said | null => {
      if (cell.change) return inEnglish(cell.change.because);
      return cell.act === null ? null : said(cell.id, cell.act);
    },
    fact: (fact: Claim): Said => said(fact.id, fact.text),
    because: (change: Change): Said => inEnglish(change.because),
    /** What happened, in a word or two. */
    kind: ({ kind, change }: Entry) =>
      kind === "recorded" ? statusOf(change!.status) : t(`measures.kind.${kind}`),
  };
}
export type Words = ReturnType<typeof wordsOf>;
