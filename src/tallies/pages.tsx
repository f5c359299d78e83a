import type { FC } from "hono/jsx";
import type { Settings } from "../env.ts";
import { HOUR, MINUTE } from "../lib/clock.ts";
import type { Campaign, CampaignText } from "../campaigns/rules.ts";
import { countryName, formatDay, formatNumber, translator } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import { GoalBar } from "../ui/parts.tsx";
import { everyDay, type DayCount, type Tally } from "./rules.ts";

const CHART_DAYS = 90;

export const TallyPage: FC<{
  locale: string;
  origin: string;
  campaign: Campaign;
  text: CampaignText;
  tally: Tally;
  settings: Settings;
}> = ({ locale, origin, campaign, text, tally, settings }) => {
  const t = translator(locale);
  const asOf = new Date(tally.asOf).toISOString();
  return (
    <Layout
      locale={locale}
      title={`${t("tally.title")}: ${text.title}`}
      description={text.summary}
      origin={origin}
      pathIn={(other) => `/${other}/${campaign.slug}/tally`}
      campaign={{ slug: campaign.slug, title: text.title, demonstration: campaign.demonstration }}
    >
      <h1>{t("tally.title")}</h1>
      <GoalBar locale={locale} slug={campaign.slug} total={tally.total} goal={tally.goal} />
      <p class="quiet">
        {t("tally.as_of", { date: formatDay(locale, asOf.slice(0, 10)), time: asOf.slice(11, 16) })}
      </p>
      {tally.total === 0 && <p>{t("tally.none")}</p>}
      {tally.daily.length > 0 && (
        <section>
          <h2>{t("tally.by_day")}</h2>
          <DayChart locale={locale} daily={everyDay(tally.daily).slice(-CHART_DAYS)} />
          <Table
            head={[t("tally.day"), t("tally.count")]}
            rows={tally.daily
              .toReversed()
              .map((row) => [formatDay(locale, row.date), formatNumber(locale, row.count)])}
          />
        </section>
      )}
      {tally.total > 0 && (
        <section>
          <h2>{t("tally.by_country")}</h2>
          <Table
            head={[t("tally.country"), t("tally.count")]}
            rows={[
              ...tally.byCountry.map((row): [string, string] => [
                countryName(locale, row.country),
                formatNumber(locale, row.count),
              ]),
              [t("tally.other"), formatNumber(locale, tally.other)],
            ]}
          />
        </section>
      )}
      <p class="quiet">
        {settings.TALLY_EVERY_MS > MINUTE
          ? t("tally.note", {
              step: settings.TALLY_TOTAL_STEP,
              exact: formatNumber(locale, settings.TALLY_EXACT_FROM),
              every: Math.round(settings.TALLY_EVERY_MS / MINUTE),
              countries: Math.round(settings.TALLY_COUNTRIES_EVERY_MS / HOUR),
              least: Math.round(settings.TALLY_DELAY_LEAST_MS / HOUR),
              most: Math.round(settings.TALLY_DELAY_MOST_MS / HOUR),
              new: settings.TALLY_STEP,
            })
          : t("tally.local")}
      </p>
      <p>
        <a href={`/${locale}/${campaign.slug}/integrity`}>{t("integrity.title")}</a>
      </p>
    </Layout>
  );
};

const Table: FC<{ head: [string, string]; rows: [string, string][] }> = ({ head, rows }) => (
  <table>
    <thead>
      <tr>
        <th scope="col">{head[0]}</th>
        <th scope="col" class="number">
          {head[1]}
        </th>
      </tr>
    </thead>
    <tbody>
      {rows.map(([name, count]) => (
        <tr>
          <th scope="row">{name}</th>
          <td class="number">{count}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

const WIDTH = 640;
const HEIGHT = 180;
const FLOOR = HEIGHT - 22;
const CEILING = 16;

/** Bars by day, drawn on the server: no script and no inline style. */
export const DayChart: FC<{ locale: string; daily: DayCount[] }> = ({ locale, daily }) => {
  const t = translator(locale);
  const most = Math.max(...daily.map((row) => row.count), 1);
  const step = WIDTH / Math.max(daily.length, 7);
  const first = formatDay(locale, daily[0]!.date);
  const last = formatDay(locale, daily.at(-1)!.date);
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t("tally.chart", { first, last, most: formatNumber(locale, most) })}
    >
      <line x1="0" x2={WIDTH} y1={FLOOR} y2={FLOOR} />
      <text x="0" y="11">
        {formatNumber(locale, most)}
      </text>
      {daily.map((row, index) => {
        const height = (row.count / most) * (FLOOR - CEILING);
        return (
          <rect
            x={(index * step + step * 0.1).toFixed(1)}
            y={(FLOOR - height).toFixed(1)}
            width={(step * 0.8).toFixed(1)}
            height={height.toFixed(1)}
          />
        );
      })}
      <text x="0" y={HEIGHT - 6}>
        {first}
      </text>
      {daily.length > 3 && (
        <text x={Math.min(WIDTH, daily.length * step)} y={HEIGHT - 6} text-anchor="end">
          {last}
        </text>
      )}
    </svg>
  );
};
