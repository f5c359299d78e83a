import type { FC } from "hono/jsx";
import type { Campaign } from "../../campaigns/rules.ts";
import type { listHeld } from "../../letters/held.ts";
import type { countByRecipient, hadNone } from "../../letters/ledger.ts";
import type { listOptOuts } from "../../letters/opt-out.ts";
import { countryName } from "../../ui/i18n.ts";
import { Table } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import { hasRole, type Organizer } from "../rules.ts";
import { t } from "../texts.ts";
import { day } from "../words.ts";

export const LettersPage: FC<{
  organizer: Organizer;
  campaign: Campaign;
  recipients: Awaited<ReturnType<typeof countByRecipient>>;
  held: Awaited<ReturnType<typeof listHeld>>;
  none: Awaited<ReturnType<typeof hadNone>>;
  optOuts: Awaited<ReturnType<typeof listOptOuts>>;
  /** Whether all letters that the server sends are stopped. */
  off: boolean;
  /** What came of the last press. */
  said: string | null;
}> = ({ organizer, campaign, recipients, held, none, optOuts, off, said }) => {
  const role = organizer.roles.get(campaign.slug);
  const mayDecide = hasRole(role, "organizer");
  const columns = [
    "waiting",
    "accepted",
    "delivered",
    "bounced",
    "failed",
    "said-sent",
    "said-supports",
    "said-declines",
    "said-acknowledges",
  ] as const;
  return (
    <OrganizeLayout title={t("letters.title")} organizer={organizer} campaign={campaign}>
      <h1>{t("letters.title")}</h1>
      {said && (
        <p class="done" role="alert">
          {said}
        </p>
      )}
      {off && <p class="note">{t("letters.off")}</p>}
      {campaign.status === "draft" && hasRole(role, "owner") && (
        <section>
          <h2>{t("letters.test")}</h2>
          <p>{t("letters.test_lead")}</p>
          <form method="post" action={`/organize/${campaign.slug}/letters/try`}>
            <button type="submit">{t("letters.test_submit")}</button>
          </form>
        </section>
      )}
      <h2>{t("letters.held")}</h2>
      <p class="quiet">{held.length === 0 ? t("letters.none_held") : t("letters.held_lead")}</p>
      {held.map((letter) => (
        <article class="letter">
          <p class="quiet">
            {t("letters.held_for", {
              recipient: letter.recipientName ?? letter.recipient,
              day: day(letter.askedOn),
            })}{" "}
            {t(`letters.held_why.${letter.why}`, {
              day: letter.leavesOn === null ? "" : day(letter.leavesOn),
            })}
          </p>
          <p>{t("letters.held_sender", { sender: letter.sender ?? "" })}</p>
          <p>{t("letters.held_subject", { subject: letter.subject ?? "" })}</p>
          <div class="letter-text">{letter.body}</div>
          {mayDecide && (
            <form
              method="post"
              action={`/organize/${campaign.slug}/letters/${letter.id}`}
              class="row"
            >
              <button type="submit" name="decision" value="send">
                {t("letters.send")}
              </button>
              <button type="submit" class="secondary" name="decision" value="refuse">
                {t("letters.refuse")}
              </button>
            </form>
          )}
        </article>
      ))}
      <h2>{t("letters.opt_outs")}</h2>
      <p class="quiet">
        {optOuts.length === 0 ? t("letters.no_opt_outs") : t("letters.opt_outs_lead")}
      </p>
      {optOuts.length > 0 && (
        <Table
          label={t("letters.opt_outs")}
          head={[t("letters.recipient"), t("letters.opt_out_of"), t("letters.opt_out_since")]}
          rows={optOuts.map((one) => [
            one.name ?? one.recipient,
            t(`letters.opt_out.${one.scope}`),
            day(one.day),
          ])}
        />
      )}
      <h2>{t("letters.by_recipient")}</h2>
      <Table
        label={t("letters.by_recipient")}
        head={[t("letters.recipient"), ...columns.map((name) => t(`letters.col.${name}`))]}
        rows={recipients.map((row) => [
          row.name ?? row.recipient,
          ...columns.map((name) => row.counts[name] ?? 0),
        ])}
      />
      <h2>{t("letters.none_yet")}</h2>
      <Table
        label={t("letters.none_yet")}
        head={[t("letters.recipient"), t("letters.country"), t("letters.bodies")]}
        rows={none.map((one) => [
          one.name,
          countryName("en", one.country),
          one.bodies.map((body) => body.code).join(", "),
        ])}
      />
    </OrganizeLayout>
  );
};
