import type { FC } from "hono/jsx";
import type { Campaign, CampaignText } from "../campaigns/rules.ts";
import type { Settings } from "../env.ts";
import { DAY, HOUR } from "../lib/clock.ts";
import { formatDay, formatNumber, translator } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import type { Integrity } from "./read.ts";
import { askSpanDays } from "./rules.ts";

/** How a campaign's signatures came about, for everyone. */
export const IntegrityPage: FC<{
  locale: string;
  origin: string;
  campaign: Campaign;
  text: CampaignText;
  integrity: Integrity;
  settings: Settings;
}> = ({ locale, origin, campaign, text, integrity, settings }) => {
  const t = translator(locale);
  const { day, asked, confirmed, withdrawn, quarantined, takenOut } = integrity;
  const rows: [string, number][] = [
    [t("integrity.asked"), asked],
    [t("integrity.confirmed"), confirmed],
    [t("integrity.withdrawn"), withdrawn],
    [t("integrity.quarantined"), quarantined],
    ...takenOut.map(({ why, count }): [string, number] => [t(`integrity.out.${why}`), count]),
  ];
  return (
    <Layout
      locale={locale}
      title={`${t("integrity.title")}: ${text.title}`}
      description={text.summary}
      origin={origin}
      pathIn={(other) => `/${other}/${campaign.slug}/integrity`}
      campaign={{ slug: campaign.slug, title: text.title, demonstration: campaign.demonstration }}
    >
      <h1>{t("integrity.title")}</h1>
      <p>{t("integrity.lead")}</p>
      {day === null ? (
        <p>{t("integrity.none")}</p>
      ) : (
        <>
          <p class="quiet">{t("integrity.as_of", { date: formatDay(locale, day) })}</p>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("integrity.what")}</th>
                <th scope="col" class="number">
                  {t("integrity.count")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(([name, count]) => (
                <tr>
                  <th scope="row">{name}</th>
                  <td class="number">{formatNumber(locale, count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {takenOut.length === 0 && <p>{t("integrity.out_none")}</p>}
        </>
      )}
      <p class="quiet">
        {t("integrity.note", {
          step: settings.TALLY_TOTAL_STEP,
          hours: Math.round(settings.QUARANTINE_MS / HOUR),
          days: settings.TRAITS_KEEP_DAYS,
          back: Math.round(settings.BRING_BACK_MS / DAY),
          least: settings.GROUP_LEAST,
          asks: askSpanDays(settings),
        })}
      </p>
      <p>
        <a href={`/${locale}/${campaign.slug}/tally`}>{t("tally.title")}</a>
      </p>
    </Layout>
  );
};
