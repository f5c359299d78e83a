import type { Child, FC } from "hono/jsx";
import { Layout } from "../ui/layout.tsx";
import { LICENCE } from "./json.ts";
import type { Matrix } from "./read.ts";
import { REGIMES, SIDES, type Cell, type Claim, type Entry, type Gap } from "./rules.ts";
import { GRADES, type Grade } from "./schema.ts";
import { shareImage } from "./share.ts";
import type { ClaimTexts } from "./texts.ts";
import { wordsOf, type Said, type Words } from "./words.ts";

/** A shape for each status, so that the picture does not rest on colour. */
const SIGNS: Record<Cell["status"], string> = {
  in_force: "●",
  restricted: "◐",
  eased: "○",
  not_a_target: "·",
  nothing_found: "–",
  not_gathered: "?",
};
const STATUSES = Object.keys(SIGNS) as Cell["status"][];
/** Changes on the page; the feed has all. */
const LATELY = 7;

interface Shown {
  locale: string;
  origin: string;
  matrix: Matrix;
  texts: ClaimTexts;
}

const feedPath = (locale: string) => `/${locale}/measures.atom`;

/** The frame of every page of the table. */
const Frame: FC<{
  shown: Shown;
  title: string;
  lead: string;
  path: string;
  /** Whose picture other sites show; null for the whole table's. */
  sector?: string | null;
  children?: Child;
}> = ({ shown: { locale, origin, matrix, texts }, title, lead, path, sector = null, children }) => (
  <Layout
    locale={locale}
    title={title}
    description={lead}
    origin={origin}
    pathIn={(other) => `/${other}${path}`}
    image={shareImage(locale, sector, matrix)}
    feed={{ path: feedPath(locale), title: wordsOf(locale, texts).t("measures.changes") }}
  >
    <h1>{title}</h1>
    <p class="lead">{lead}</p>
    {children}
  </Layout>
);

/** The matrix today, the days between first days, what changed lately, and every claim with what it rests on. */
export const MeasuresPage: FC<Shown> = (shown) => {
  const { locale, matrix, texts } = shown;
  const words = wordsOf(locale, texts);
  const { t, number } = words;
  const counted = (count: number) => ({ count, n: number(count) });
  const { inStep } = matrix;
  const gathered = matrix.sectors.filter((sector) => isGathered(matrix, sector, "US"));
  const halves = matrix.sectors.filter((sector) => !gathered.includes(sector));
  return (
    <Frame shown={shown} title={t("measures.title")} lead={t("measures.lead")} path="/measures">
      <p class="headline">
        <strong>
          {t("measures.of", { same: number(inStep.onOneDay), all: number(inStep.sectors) })}
        </strong>{" "}
        {t("measures.headline")}
      </p>
      <dl class="figures three">
        <Figure label={t("measures.one_day")} value={number(inStep.onOneDay)} />
        <Figure label={t("measures.belarus_later")} value={number(inStep.belarusLater)} />
        <Figure label={t("measures.belarus_first")} value={number(inStep.belarusFirst)} />
      </dl>

      <h2>{t("measures.today")}</h2>
      <Glance shown={shown} words={words} sectors={gathered} sides={SIDES} />
      <p class="legend" aria-hidden="true">
        {STATUSES.map((status) => (
          <span>
            {SIGNS[status]} {t(`measures.status.${status}`)}
          </span>
        ))}
      </p>
      <details>
        <summary>{t("measures.eu_only")}</summary>
        <Glance shown={shown} words={words} sectors={halves} sides={["EU"]} />
      </details>
      {matrix.bothOnBoth > 0 && <p>{t("measures.both", counted(matrix.bothOnBoth))}</p>}
      {matrix.movedApart > 0 && <p>{t("measures.moved", counted(matrix.movedApart))}</p>}
      <p>{t("measures.apart", { days: number(matrix.daysApart) })}</p>

      <h2 id="days">{t("measures.timeline")}</h2>
      <p>{t("measures.timeline_lead")}</p>
      <Timeline gaps={matrix.gaps} today={matrix.today} words={words} />
      <p>{t("measures.gap", { days: number(matrix.diamondGapDays) })}</p>

      <h2 id="changes">{t("measures.changes")}</h2>
      <Changes entries={matrix.entries.slice(0, LATELY)} matrix={matrix} words={words} />
      <p>
        <a href={feedPath(locale)} type="application/atom+xml">
          {t("measures.feed")}
        </a>
      </p>

      <h2>{t("measures.acts")}</h2>
      <Grades words={words} />
      {matrix.sectors.map((sector) => (
        <details id={sector}>
          <summary>{words.sector(sector)}</summary>
          <Cells cells={cellsOf(matrix, sector)} words={words} />
        </details>
      ))}
      <NotGathered matrix={matrix} words={words} />

      <h2 id="facts">{t("measures.facts")}</h2>
      {matrix.facts.map((fact) => (
        <Fact fact={fact} until={fact.until} stale={matrix.isStale(fact)} words={words} />
      ))}
      <Reuse shown={shown} path="/measures" words={words} />
    </Frame>
  );
};

/** One sector: its cells, the days between, what changed, and what else letters say of it. */
export const SectorPage: FC<Shown & { sector: string }> = ({ sector, ...shown }) => {
  const { locale, matrix, texts } = shown;
  const words = wordsOf(locale, texts);
  const { t } = words;
  const name = words.sector(sector);
  const path = `/measures/${sector}`;
  const cells = cellsOf(matrix, sector);
  const gaps = matrix.gaps.filter((gap) => gap.sector === sector);
  const ids = new Set(cells.map(({ id }) => id));
  const entries = matrix.entries.filter(({ measure }) => ids.has(measure));
  const facts = matrix.facts.filter((fact) => fact.sector === sector);
  const lead = t("measures.sector_lead", { name });
  return (
    <Frame
      shown={shown}
      title={`${name}: ${t("measures.title")}`}
      lead={lead}
      path={path}
      sector={sector}
    >
      {gaps.length > 0 && (
        <>
          <h2>{t("measures.timeline")}</h2>
          <Timeline gaps={gaps} today={matrix.today} words={words} />
        </>
      )}
      <h2>{t("measures.today")}</h2>
      <Grades words={words} />
      <Cells cells={cells} words={words} />
      {cells.some(isNotGathered) && <p class="quiet">{t("measures.nothing_note")}</p>}
      {facts.length > 0 && <h2>{t("measures.facts")}</h2>}
      {facts.map((fact) => (
        <Fact fact={fact} until={fact.until} stale={matrix.isStale(fact)} words={words} />
      ))}
      <h2>{t("measures.changes")}</h2>
      <Changes entries={entries} matrix={matrix} words={words} />
      <p>
        <a href={`/${locale}/measures`}>{t("measures.whole")}</a>
      </p>
      <Reuse shown={shown} path={path} words={words} />
    </Frame>
  );
};

/** Where a letter's line of sources leads: the claims that it rests on, and nothing else. */
export const RestsOnPage: FC<Shown & { ids: readonly string[] }> = ({ ids, ...shown }) => {
  const { locale, matrix, texts } = shown;
  const words = wordsOf(locale, texts);
  const { t } = words;
  const lead = t("measures.rests_lead");
  const path = `/measures/facts/${ids.join(".")}`;
  const cells = matrix.cells.filter(({ id }) => ids.includes(id));
  const facts = matrix.facts.filter(({ id }) => ids.includes(id));
  return (
    <Frame shown={shown} title={t("letters.rests_on")} lead={lead} path={path}>
      {cells.map((cell) => (
        <section>
          <h2>
            {words.sector(cell.sector)}, {words.column(cell.side, cell.regime)}
          </h2>
          <div class={`status claim ${cell.status}`} id={cell.id}>
            <CellText cell={cell} words={words} />
          </div>
        </section>
      ))}
      {facts.map((fact) => (
        <Fact fact={fact} until={fact.until} stale={matrix.isStale(fact)} words={words} />
      ))}
      <Grades words={words} />
      <p>
        <a href={`/${locale}/measures`}>{t("measures.whole")}</a>
      </p>
    </Frame>
  );
};

const isNotGathered = ({ status }: Cell) => status === "not_gathered";
const cellsOf = (matrix: Matrix, sector: string) =>
  matrix.cells.filter((cell) => cell.sector === sector);
const isGathered = (matrix: Matrix, sector: string, side: string) =>
  cellsOf(matrix, sector).some((cell) => cell.side === side && !isNotGathered(cell));

const Figure: FC<{ label: string; value: string }> = ({ label, value }) => (
  <div>
    <dt>{label}</dt>
    <dd>{value}</dd>
  </div>
);

/** The picture to take in at a glance. */
const Glance: FC<{
  shown: Shown;
  words: Words;
  sectors: readonly string[];
  sides: readonly Cell["side"][];
}> = ({ shown: { locale, matrix }, words, sectors, sides }) => (
  <table class="glance">
    <thead>
      <tr>
        <th scope="col">{words.t("measures.sector")}</th>
        {sides.flatMap((side) =>
          REGIMES.map((regime) => <th scope="col">{words.column(side, regime)}</th>),
        )}
      </tr>
    </thead>
    <tbody>
      {sectors.map((sector) => (
        <tr>
          <th scope="row">
            <a href={`/${locale}/measures/${sector}`}>{words.sector(sector)}</a>
          </th>
          {cellsOf(matrix, sector)
            .filter(({ side }) => sides.includes(side))
            .map((cell) => (
              <td class={`status ${cell.status}${cell.stale ? " stale" : ""}`}>
                {words.statusOf(cell.status)}
              </td>
            ))}
        </tr>
      ))}
    </tbody>
  </table>
);

const yearOf = (day: string) => Number(day.slice(0, 4));
const WIDTH = 1_000;

/**
 * The first days of each measure on a line of years. The lines are drawn here, and stretch with the page;
 * days and numbers stand beside them as text, on paper and for a screen reader too.
 */
const Timeline: FC<{ gaps: readonly Gap[]; today: string; words: Words }> = ({
  gaps,
  today,
  words,
}) => {
  const { t } = words;
  const first = Math.min(...gaps.flatMap((gap) => [yearOf(gap.russia), yearOf(gap.belarus)]));
  const years = Array.from({ length: yearOf(today) - first + 1 }, (_, n) => first + n);
  const from = Date.UTC(first, 0, 1);
  const length = Date.UTC(yearOf(today) + 1, 0, 1) - from;
  const at = (day: string) => Math.round(((Date.parse(day) - from) / length) * WIDTH);
  return (
    <table class={`days y${years.length}`}>
      <thead>
        <tr>
          <th scope="col">{t("measures.sector")}</th>
          <th scope="col">
            <span class="marks">
              <b>●</b> {t("measures.russia")} <b>■</b> {t("measures.belarus")}
            </span>
            <span class="years">
              {years.map((year) => (
                <span>{year}</span>
              ))}
            </span>
          </th>
          <th scope="col" class="number">
            {t("measures.days_between")}
          </th>
        </tr>
      </thead>
      <tbody>
        {gaps.map(({ sector, side, russia, belarus, days }) => (
          <tr>
            <th scope="row">
              {words.sector(sector)}
              {side === "US" && ` (${t("measures.united_states")})`}
            </th>
            <td>
              <svg viewBox={`0 0 ${WIDTH} 20`} preserveAspectRatio="none" aria-hidden="true">
                <path d={`M${at(russia)} 10H${at(belarus)}`} />
                <path d={`M${at(belarus)} 10h0`} />
                <path d={`M${at(russia)} 10h0`} />
              </svg>
              <small>
                {days === 0
                  ? `${t("measures.one_day")}: ${words.day(russia)}`
                  : `${t("measures.russia")}: ${words.day(russia)}, ${t("measures.belarus")}: ${words.day(belarus)}`}
              </small>
            </td>
            <td class="number">{words.signed(days)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const Changes: FC<{ entries: readonly Entry[]; matrix: Matrix; words: Words }> = ({
  entries,
  matrix,
  words,
}) => (
  <ul class="changes">
    {entries.map((entry) => (
      <li>
        <time datetime={entry.when}>{words.when(entry.when)}</time> · {nameOf(entry, matrix, words)}
        : <strong>{words.kind(entry)}</strong>
        {entry.change && (
          <>
            . <Sentence {...words.because(entry.change)} />{" "}
            <a href={entry.change.source}>{hostOf(entry.change.source)}</a>
          </>
        )}
      </li>
    ))}
  </ul>
);

/** What an entry is about. */
export function nameOf({ measure }: Entry, matrix: Matrix, words: Words): string {
  const cell = matrix.cells.find(({ id }) => id === measure);
  if (cell) return `${words.sector(cell.sector)}, ${words.column(cell.side, cell.regime)}`;
  return words.fact(matrix.claims.get(measure)!).text;
}

/** What the letters A, B and C stand for. */
const Grades: FC<{ words: Words }> = ({ words: { t } }) => (
  <ul class="quiet grades">
    {GRADES.map((grade) => (
      <li>
        <b>{grade}</b> {t(`measures.basis.${grade}`)}
      </li>
    ))}
  </ul>
);

const Cells: FC<{ cells: readonly Cell[]; words: Words }> = ({ cells, words }) => (
  <dl class="measures">
    {cells
      .filter((cell) => !isNotGathered(cell))
      .map((cell) => (
        <div class={`status ${cell.status}`} id={cell.id}>
          <dt>{words.column(cell.side, cell.regime)}</dt>
          <dd>
            <CellText cell={cell} words={words} />
          </dd>
        </div>
      ))}
  </dl>
);

const CellText: FC<{ cell: Cell; words: Words }> = ({ cell, words }) => {
  const act = words.act(cell);
  return (
    <>
      <strong>
        {words.statusOf(cell.status)}
        {cell.since && <>, {words.t("measures.since", { date: words.when(cell.since) })}</>}
      </strong>
      {act && <Sentence {...act} />}
      {cell.grade && <Basis {...cell} grade={cell.grade} words={words} />}
    </>
  );
};

const Sentence: FC<Said> = ({ text, lang }) => <span lang={lang}>{text}</span>;

/** A source by the name of its host: the page of measures has many, and none is called like another. */
const hostOf = (source: string) => new URL(source).hostname.replace(/^www\./, "");

/** Whose word it is, how good, when somebody looked last, and where. */
const Basis: FC<
  Pick<Cell, "author" | "source" | "also" | "checkedOn" | "stale"> & { grade: Grade; words: Words }
> = ({ author, grade, source, also, checkedOn, stale, words }) => {
  const { t } = words;
  const sources = source === null ? also : [source, ...also];
  return (
    <small>
      <b>{grade}</b>. {author && `${t(`measures.author.${author}`)}. `}
      {t(stale ? "measures.stale" : "measures.checked", { date: checkedOn })}.
      {sources.map((one) => (
        <>
          {" "}
          <a href={one}>{hostOf(one)}</a>
        </>
      ))}
    </small>
  );
};

const Fact: FC<{ fact: Claim; until: string | null; stale: boolean; words: Words }> = ({
  fact,
  until,
  stale,
  words,
}) => (
  <div class={`status claim${fact.change ? " eased" : ""}`} id={fact.id}>
    <Sentence {...words.fact(fact)} />
    {until && <span>{words.t("measures.until", { date: words.day(until) })}</span>}
    {fact.change && (
      <span>
        <strong>{words.statusOf(fact.change.status)}</strong>{" "}
        <Sentence {...words.because(fact.change)} />
      </span>
    )}
    <Basis {...fact} stale={stale} words={words} />
  </div>
);

const NotGathered: FC<{ matrix: Matrix; words: Words }> = ({ matrix, words }) => {
  const missing = new Map<string, string[]>();
  for (const sector of matrix.sectors) {
    const columns = cellsOf(matrix, sector)
      .filter(isNotGathered)
      .map(({ side, regime }) => words.column(side, regime))
      .join(", ");
    if (columns !== "")
      missing.set(columns, [...(missing.get(columns) ?? []), words.sector(sector)]);
  }
  return (
    <details>
      <summary>{words.t("measures.not_gathered")}</summary>
      <p>{words.t("measures.nothing_note")}</p>
      <ul>
        {[...missing].map(([columns, sectors]) => (
          <li>
            {columns}: {sectors.join(", ")}
          </li>
        ))}
      </ul>
    </details>
  );
};

/** The data, their licence, and how they are cited. */
const Reuse: FC<{ shown: Shown; path: string; words: Words }> = ({ shown, path, words }) => {
  const { locale, origin, matrix } = shown;
  const { t } = words;
  const address = `${origin}/${locale}${path}`;
  return (
    <section class="reuse">
      <h2 id="reuse">{t("measures.reuse")}</h2>
      <p>
        {t("measures.reuse_lead")}{" "}
        <a href={LICENCE.url} rel="license">
          {LICENCE.name}
        </a>
        . <a href="/api/v1/measures">JSON</a>, <a href="/api/v1/measures.csv">CSV</a>,{" "}
        <a href={feedPath(locale)} type="application/atom+xml">
          Atom
        </a>
      </p>
      <p>
        {t("measures.cite")}
        <br />
        <span class="address">
          {t("measures.citation", { date: words.day(matrix.today), address })}
        </span>
      </p>
    </section>
  );
};
