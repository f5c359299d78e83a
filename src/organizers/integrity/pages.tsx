import type { FC } from "hono/jsx";
import type { Campaign } from "../../campaigns/rules.ts";
import type { Settings } from "../../env.ts";
import type { Review } from "../../integrity/review.ts";
import { OTHER_DOMAINS, REASONS, type Picked } from "../../integrity/rules.ts";
import { DAY, HOUR } from "../../lib/clock.ts";
import { countryName, formatNumber } from "../../ui/i18n.ts";
import { FreshNote } from "../door/pages.tsx";
import { Errors, Table, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import { hasRole, type Organizer } from "../rules.ts";
import { t } from "../texts.ts";
import { day, moment } from "../words.ts";

const at = (ms: number) => moment(new Date(ms).toISOString());

/** A domain is a scramble to the server too: eight characters tell one from another. */
const SHOWN = 1 + 8;
const providerWords = (value: string) => {
  if (value === OTHER_DOMAINS) return t("integrity.other_domains");
  if (!value.startsWith(OTHER_DOMAINS)) return value;
  return t("integrity.domain", { hash: value.slice(1, SHOWN) });
};

const valueWords = (trait: string, value: string) => {
  if (trait === "provider") return providerWords(value);
  if (trait === "day") return day(value);
  return trait === "country" && value !== "other" ? countryName("en", value) : value;
};

const groupWords = ({ providers, ...rest }: Picked) =>
  [
    ...Object.entries(rest).flatMap(([trait, value]) =>
      value === undefined ? [] : [valueWords(trait, value)],
    ),
    ...(providers ? [providers.map(providerWords).join(", ")] : []),
  ].join(" · ");

const ReasonFields: FC<{ id: string }> = ({ id }) => (
  <>
    <label for={`reason-${id}`}>{t("integrity.reason")}</label>
    <select id={`reason-${id}`} name="reason">
      {REASONS.map((reason) => (
        <option value={reason}>{t(`integrity.reason.${reason}`)}</option>
      ))}
    </select>
    <label for={`note-${id}`}>{t("integrity.note")}</label>
    <input id={`note-${id}`} name="note" maxlength={500} />
  </>
);

const TRAITS = ["day", "country", "lane", "source"] as const;

export const IntegrityPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  review: Review;
  /** The group that was asked for; its count is null where it is too small. */
  chosen: { picked: Picked; count: number | null } | null;
  state: FormState;
  settings: Settings;
}> = ({ organizer, campaign, review, chosen, state, settings }) => {
  const path = `/organize/${campaign.slug}/integrity`;
  const mayDecide = hasRole(organizer.roles.get(campaign.slug), "owner");
  const { quarantined, takenOut, groups, domains, busy } = review;
  const least = settings.GROUP_LEAST;
  return (
    <OrganizeLayout title={t("integrity.title")} organizer={organizer} campaign={campaign}>
      <h1>{t("integrity.title")}</h1>
      <p>
        {t("integrity.lead", {
          days: settings.TRAITS_KEEP_DAYS,
          least,
          step: settings.TALLY_TOTAL_STEP,
        })}{" "}
        <a href={`/en/${campaign.slug}/integrity`}>{t("integrity.public")}</a>
      </p>
      {mayDecide && <FreshNote organizer={organizer} to={path} />}
      <Errors errors={state.errors} />
      {chosen && (
        <section class="note">
          <h2>{t("integrity.chosen")}</h2>
          <p>{groupWords(chosen.picked)}</p>
          {chosen.count === null ? (
            <p>{t("integrity.too_few", { least })}</p>
          ) : (
            <p>
              <strong>{t("integrity.count", { count: formatNumber("en", chosen.count) })}</strong>
            </p>
          )}
          {chosen.count !== null && mayDecide && (
            <form method="post" action={path}>
              <GroupFields picked={chosen.picked} />
              <ReasonFields id="new" />
              <button type="submit" class="danger" name="act" value="take">
                {t("integrity.take")}
              </button>
              <small class="hint">
                {t("integrity.take_help", { days: Math.round(settings.BRING_BACK_MS / DAY) })}
              </small>
            </form>
          )}
        </section>
      )}
      <h2>{t("integrity.quarantined")}</h2>
      <p>{t("integrity.quarantined_lead", { hours: Math.round(settings.QUARANTINE_MS / HOUR) })}</p>
      {quarantined.length === 0 && <p class="quiet">{t("integrity.none")}</p>}
      {quarantined.map(({ id, picked, shown, endsAt }, place) => (
        <article>
          <p>
            <strong>{groupWords(picked)}</strong>:{" "}
            {t("integrity.count", { count: formatNumber("en", shown) })}.{" "}
            {t("integrity.until", { at: at(endsAt) })}
          </p>
          {mayDecide && (
            <form method="post" action={path}>
              <input type="hidden" name="hold" value={id} />
              <ReasonFields id={String(place)} />
              <div class="row">
                <button type="submit" class="danger" name="act" value="take">
                  {t("integrity.take")}
                </button>
                <button type="submit" class="secondary" name="act" value="count">
                  {t("integrity.let_count")}
                </button>
              </div>
            </form>
          )}
        </article>
      ))}
      <h2>{t("integrity.find")}</h2>
      {busy.length > 0 && (
        <ul>
          {busy.map(({ hour, count }) => (
            <li>{t("integrity.busy", { at: at(hour), count: formatNumber("en", count) })}</li>
          ))}
        </ul>
      )}
      <form method="get" action={path}>
        <fieldset>
          <legend>{t("integrity.domains", { least })}</legend>
          {domains.length === 0 && <p class="quiet">{t("integrity.none")}</p>}
          {domains.map(({ value, count }) => (
            <ProviderBox value={value} count={count} chosen={chosen} />
          ))}
        </fieldset>
        <fieldset>
          <legend>{t("integrity.providers")}</legend>
          {groups
            .filter(({ trait }) => trait === "provider")
            .map(({ value, count }) => (
              <ProviderBox value={value} count={count} chosen={chosen} />
            ))}
        </fieldset>
        {TRAITS.map((trait) => (
          <>
            <label for={trait}>{t(`integrity.trait.${trait}`)}</label>
            <select id={trait} name={trait}>
              <option value="">{t("integrity.any")}</option>
              {groups
                .filter((group) => group.trait === trait)
                .map(({ value, count }) => (
                  <option value={value} selected={chosen?.picked[trait] === value}>
                    {`${valueWords(trait, value)} (${formatNumber("en", count)})`}
                  </option>
                ))}
            </select>
          </>
        ))}
        <TextField
          name="domain"
          label={t("integrity.typed")}
          help={t("integrity.typed_help")}
          state={state}
        />
        <button type="submit" name="look" value="yes">
          {t("integrity.look")}
        </button>
      </form>
      <h2>{t("integrity.taken_out")}</h2>
      <Table
        label={t("integrity.taken_out")}
        head={[
          t("integrity.group"),
          t("integrity.signatures"),
          t("integrity.reason"),
          t("integrity.at"),
          "",
        ]}
        rows={takenOut.map(({ id, picked, shown, why, begunAt, endsAt, canBringBack }) => [
          groupWords(picked),
          shown,
          why === "surge" ? "" : t(`integrity.reason.${why}`),
          at(begunAt),
          canBringBack && mayDecide ? (
            <form method="post" action={path}>
              <input type="hidden" name="hold" value={id} />
              <button type="submit" class="secondary" name="act" value="back">
                {t("integrity.back")}
              </button>
              <small class="hint">{t("integrity.back_until", { at: at(endsAt) })}</small>
            </form>
          ) : (
            ""
          ),
        ])}
      />
    </OrganizeLayout>
  );
};

const ProviderBox: FC<{
  value: string;
  count: number;
  chosen: { picked: Picked } | null;
}> = ({ value, count, chosen }) => (
  <label class="choice">
    <input
      type="checkbox"
      name="provider"
      value={value}
      checked={chosen?.picked.providers?.includes(value) ?? false}
    />
    <span>{`${providerWords(value)}: ${t("integrity.count", { count: formatNumber("en", count) })}`}</span>
  </label>
);

const GroupFields: FC<{ picked: Picked }> = ({ picked }) => (
  <>
    {Object.entries(picked).map(
      ([name, value]: [string, string | string[] | undefined]) =>
        value !== undefined && (
          <input
            type="hidden"
            name={name}
            value={typeof value === "string" ? value : value.join(",")}
          />
        ),
    )}
  </>
);
