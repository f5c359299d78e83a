import type { FC } from "hono/jsx";
import { translator } from "../ui/i18n.ts";
import type { PreparedMail } from "./offer.ts";

/**
 * The second door: a mail that its reader sends. `waits`: ours leaves later than today, so this one stands
 * open. It hides itself while the page speaks of a risk or the careful way is ticked (styles.css).
 */
export const SecondDoor: FC<{ locale: string; mail: PreparedMail; waits: boolean }> = ({
  locale,
  mail,
  waits,
}) => {
  const t = translator(locale);
  const query = `subject=${mail.code}&body=${encodeURIComponent(t("inbound.body"))}`;
  return (
    <details class="second-door" open={waits ? true : undefined}>
      <summary>{t("inbound.title")}</summary>
      {waits && <p>{t("inbound.soon")}</p>}
      <p class="note">{t("inbound.traces")}</p>
      <p>{t("inbound.lead", { address: mail.address })}</p>
      <p>
        <a role="button" href={`mailto:${mail.address}?${query}`}>
          {t("inbound.open")}
        </a>
      </p>
      <p>{t("inbound.by_hand")}</p>
      <dl class="look">
        <dt>{t("inbound.to")}</dt>
        <dd>{mail.address}</dd>
        <dt>{t("inbound.subject")}</dt>
        <dd>{mail.code}</dd>
      </dl>
      <p class="quiet">{t("inbound.limits")}</p>
    </details>
  );
};
