import type { FC } from "hono/jsx";
import { formatDay, formatNumber, translator, type UiKey } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";
import type { Matrix, MatrixCell } from "./matrix.ts";

const SIDES = ["EU", "US"] as const;
const REGIMES = ["RU", "BY"] as const;

/** A shape for each status, so that the picture does not rest on colour. */
const SIGNS: Record<MatrixCell["status"], string> = {
  in_force: "●",
  restricted: "◐",
  eased: "○",
  not_a_target: "·",
  nothing_found: "–",
  not_gathered: "?",
};

const STATUSES = Object.keys(SIGNS) as MatrixCell["status"][];

/** Who has closed what: a picture to take in at a glance, then each measure with its source. */
export const MeasuresPage: FC<{ locale: string; origin: string; matrix: Matrix }> = ({
  locale,
  origin,
  matrix,
}) => {
  const t = translator(locale);
  const cellOf = (sector: string, side: string, regime: string) =>
    matrix.measures.find(
      (one) => one.sector === sector && one.side === side && one.regime === regime,
    )!;
  const counted = (count: number) => ({ count, n: formatNumber(locale, count) });
  const sectorName = (sector: string) => t(`measures.sector.${sector}` as UiKey);
  const columnName = (side: string, regime: string) =>
    t(`measures.${side}_${regime}`.toLowerCase() as UiKey);
  return (
    <Layout
      locale={locale}
      title={t("measures.title")}
      description={t("measures.lead")}
      origin={origin}
      pathIn={(other) => `/${other}/measures`}
    >
      <h1>{t("measures.title")}</h1>
      <p class="lead">{t("measures.lead")}</p>
      <table class="glance">
        <thead>
          <tr>
            <th scope="col">{t("measures.sector")}</th>
            {SIDES.flatMap((side) =>
              REGIMES.map((regime) => <th scope="col">{columnName(side, regime)}</th>),
            )}
          </tr>
        </thead>
        <tbody>
          {matrix.sectors.map((sector) => (
            <tr>
              <th scope="row">
                <a href={`#${sector}`}>{sectorName(sector)}</a>
              </th>
              {SIDES.flatMap((side) =>
                REGIMES.map((regime) => {
                  const cell = cellOf(sector, side, regime);
                  return (
                    <td class={`status ${cell.status}${cell.stale ? " stale" : ""}`}>
                      <span aria-hidden="true" class="sign">
                        {SIGNS[cell.status]}
                      </span>
                      <span class="label">{t(`measures.status.${cell.status}`)}</span>
                    </td>
                  );
                }),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="legend" aria-hidden="true">
        {STATUSES.map((status) => (
          <span>
            {SIGNS[status]} {t(`measures.status.${status}`)}
          </span>
        ))}
      </p>
      {matrix.bothOnBoth > 0 && <p>{t("measures.both", counted(matrix.bothOnBoth))}</p>}
      {matrix.movedApart > 0 && <p>{t("measures.moved", counted(matrix.movedApart))}</p>}
      <p>{t("measures.gap", { days: formatNumber(locale, matrix.diamondGapDays) })}</p>
      <p>{t("measures.apart", { days: formatNumber(locale, matrix.daysApart) })}</p>
      <p class="quiet">{t("measures.nothing_note")}</p>
      {matrix.sectors.map((sector) => (
        <section id={sector}>
          <h2>{sectorName(sector)}</h2>
          <dl class="measures">
            {SIDES.flatMap((side) =>
              REGIMES.map((regime) => {
                const cell = cellOf(sector, side, regime);
                return (
                  <div class={`status ${cell.status}`}>
                    <dt>{columnName(side, regime)}</dt>
                    <dd>
                      <Measure locale={locale} cell={cell} />
                    </dd>
                  </div>
                );
              }),
            )}
          </dl>
        </section>
      ))}
    </Layout>
  );
};

const Measure: FC<{ locale: string; cell: MatrixCell }> = ({ locale, cell }) => {
  const t = translator(locale);
  const since =
    cell.since === null
      ? null
      : cell.since.length === 10
        ? formatDay(locale, cell.since)
        : cell.since.split("-").toReversed().join("/");
  return (
    <>
      <strong>
        {t(`measures.status.${cell.status}`)}
        {since && <>, {t("measures.since", { date: since })}</>}
      </strong>
      {cell.act && (
        <span lang="en" class="act">
          {cell.act}
        </span>
      )}
      {cell.source && (
        <a href={cell.source} rel="noopener noreferrer">
          {t("measures.source")}
        </a>
      )}
      {cell.grade && (
        <span class="quiet">
          {t(`measures.basis.${cell.grade}`)}{" "}
          {t(cell.stale ? "measures.stale" : "measures.checked", {
            date: formatDay(locale, cell.checkedOn),
          })}
        </span>
      )}
    </>
  );
};
