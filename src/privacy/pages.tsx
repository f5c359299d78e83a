import type { FC } from "hono/jsx";
import type { Settings } from "../env.ts";
import { formatNumber, translator, type Translate, type UiKey } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import type { Values } from "../ui/message.ts";
import {
  inUnits,
  sectionOf,
  timeOf,
  type How,
  type Section,
  type Subject,
  type Until,
} from "./inventory.ts";

/** The sections of the page, in their order, each with what the inventory says of it. */
const SECTIONS: readonly (readonly [name: string, facts?: Subject | "careful"])[] = [
  ["purpose"],
  ["before", "ask"],
  ["after", "signature"],
  ["careful", "careful"],
  ["cookies", "device"],
  ["letters", "letters"],
  ["news"],
  ["stopped", "stopped"],
  ["others"],
  ["organizers", "organizers"],
  ["recipients", "recipients"],
  ["limits"],
  ["risk"],
];

const factsOf = (facts: Subject | "careful"): Section =>
  facts === "careful" ? sectionOf("signature", true) : sectionOf(facts);

/** How the page words what the inventory tells apart; null where there is nothing to say of it. */
const HOW_WORDS: Record<How, string | null> = {
  pepper_hash: "hash",
  stored_hash: "hash",
  master_hash: "hash",
  day_hash: "hash",
  random_hash: "code",
  organizers_seal: "organizers_seal",
  server_seal: "server_seal",
  random: null,
  clear: "clear",
};

/** Keys of the words for how something is kept, each once. */
function howKeys(hows: readonly How[]): string[] {
  return [...new Set(hows.flatMap((how) => HOW_WORDS[how] ?? []))];
}

function timeInWords(t: Translate, locale: string, ms: number): string {
  const { unit, count } = inUnits(ms);
  return t(`privacy.time.${unit}`, { count, total: formatNumber(locale, count) });
}

const Facts: FC<{ locale: string; settings: Settings; facts: Section }> = ({
  locale,
  settings,
  facts,
}) => {
  const t = translator(locale);
  const untilOf = (until: Until) => {
    const ms = timeOf(settings, until);
    const values: Values = ms === null ? {} : { time: timeInWords(t, locale, ms) };
    return t(`privacy.until.${until}` as UiKey, values);
  };
  const lists: [UiKey, string[]][] = [
    ["privacy.fact.ground", facts.grounds.map((one) => t(`privacy.ground.${one}` as UiKey))],
    ["privacy.fact.how", howKeys(facts.hows).map((one) => t(`privacy.how.${one}` as UiKey))],
    ["privacy.fact.until", facts.untils.map(untilOf)],
  ];
  return (
    <dl>
      {lists.map(([label, lines]) => (
        <>
          <dt>{t(label)}</dt>
          {lines.map((line) => (
            <dd>{line}</dd>
          ))}
        </>
      ))}
    </dl>
  );
};

/** What is kept, why, and for how long, as the inventory has it; and whom to ask. */
export const PrivacyPage: FC<{
  locale: string;
  settings: Settings;
  campaigns: { title: string; runBy: string; contact: string }[];
}> = ({ locale, settings, campaigns }) => {
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("privacy.title")}
      origin={settings.PUBLIC_ORIGIN}
      pathIn={(other) => `/${other}/privacy`}
    >
      <h1>{t("privacy.title")}</h1>
      <section>
        <h2>{t("privacy.controller.title")}</h2>
        <p>{t("privacy.controller.text")}</p>
        {campaigns.map((campaign) => (
          <p>{t("privacy.contact", campaign)}</p>
        ))}
      </section>
      {SECTIONS.map(([name, facts]) => (
        <section>
          <h2>{t(`privacy.${name}.title` as UiKey)}</h2>
          <p>{t(`privacy.${name}.text` as UiKey)}</p>
          {name === "after" && (
            <p>{t("confirm.kept_traits", { days: settings.TRAITS_KEEP_DAYS })}</p>
          )}
          {name === "others" && settings.INBOUND_ADDRESS !== "" && <p>{t("inbound.traces")}</p>}
          {facts && <Facts locale={locale} settings={settings} facts={factsOf(facts)} />}
        </section>
      ))}
      <section>
        <h2>{t("privacy.rights.title")}</h2>
        <p>{t("privacy.rights.text")}</p>
        <p>{t("privacy.rights.more")}</p>
        <p>{t("privacy.rights.complaint")}</p>
      </section>
    </Layout>
  );
};
