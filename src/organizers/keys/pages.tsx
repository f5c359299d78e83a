import { dayOf } from "../../lib/clock.ts";
import type { FC } from "hono/jsx";
import type { Campaign } from "../../campaigns/rules.ts";
import { formatDay } from "../../ui/i18n.ts";
import { FreshNote } from "../door/pages.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import { t, type OrganizeKey } from "../texts.ts";

/** What can be wrong with a key that somebody gives: the codes of KeyFileError and UnsealError. */
const KEY_FAULTS = ["no_key", "not_ours", "passphrase_needed", "passphrase_wrong", "key_file"];

/** Sentences that a page's script says, by the last part of their keys. */
export function messagesOf(prefix: string, names: string[]): string {
  const sentences = (of: string, all: string[]) =>
    all.map((name) => [name, t(`${of}.say_${name}` as OrganizeKey, BLANKS)]);
  return JSON.stringify(
    Object.fromEntries([...sentences("keys", KEY_FAULTS), ...sentences(prefix, names)]),
  );
}

/** Holes that the script fills. */
const BLANKS = {
  read: "{read}",
  row: "{row}",
  opened: "{opened}",
  seconds: "{seconds}",
  handed: "{handed}",
};

/** Where an organizer gives a key: the file with its passphrase, or the printed one typed in. */
export const KeyFields: FC<{ id: string }> = ({ id }) => (
  <>
    <label for={`${id}-file`}>{t("keys.file")}</label>
    <input id={`${id}-file`} name="file" type="file" accept=".json,application/json,text/plain" />
    <label for={`${id}-passphrase`}>{t("keys.passphrase")}</label>
    <input id={`${id}-passphrase`} name="passphrase" type="password" autocomplete="off" />
  </>
);

export const PrintedField: FC<{ id: string }> = ({ id }) => (
  <>
    <label for={`${id}-printed`}>{t("keys.or_printed")}</label>
    <textarea id={`${id}-printed`} name="printed" rows={3} autocomplete="off"></textarea>
  </>
);

export const KeysPage: FC<{ organizer: Organizer; campaign: Campaign }> = ({
  organizer,
  campaign,
}) => (
  <OrganizeLayout
    title={t("keys.title")}
    organizer={organizer}
    campaign={campaign}
    scripts={["keys"]}
  >
    <div
      data-keys={campaign.slug}
      data-messages={messagesOf("keys", [
        "working",
        "differ",
        "made",
        "others",
        "shut",
        "old",
        "done",
      ])}
    >
      <h1>{t("keys.title")}</h1>
      <p>{t("keys.lead")}</p>
      <FreshNote organizer={organizer} to={`/organize/${campaign.slug}/keys`} />
      <p>
        {campaign.keysProvedAt === null
          ? t(campaign.sealingKey === null ? "keys.none" : "keys.unproved")
          : t("keys.proved", {
              date: formatDay("en", dayOf(campaign.keysProvedAt)),
            })}
      </p>
      <noscript>
        <p class="form-error">{t("keys.needs_javascript")}</p>
      </noscript>
      <p role="status" class="note"></p>
      <form id="make">
        <h2>{t("keys.make")}</h2>
        <label for="new-passphrase">{t("keys.new_passphrase")}</label>
        <input
          id="new-passphrase"
          name="new-passphrase"
          type="password"
          autocomplete="new-password"
          required
          minlength={12}
          aria-describedby="new-passphrase-help"
        />
        <small id="new-passphrase-help" class="hint">
          {t("keys.new_passphrase_help")}
        </small>
        <label for="new-passphrase-again">{t("keys.again")}</label>
        <input
          id="new-passphrase-again"
          name="new-passphrase-again"
          type="password"
          autocomplete="new-password"
          required
        />
        <button type="submit">{t("keys.make_submit")}</button>
      </form>
      <section id="made" hidden>
        <h2>{t("keys.keep")}</h2>
        <p>
          <a id="save-first" role="button" href="#save-first">
            {t("keys.save_first")}
          </a>
        </p>
        <p>{t("keys.print_second")}</p>
        <pre id="printed-key" class="printed"></pre>
        <button type="button" id="print" class="secondary">
          {t("keys.print")}
        </button>
        {campaign.sealingKey !== null && (
          <form id="old">
            <h2>{t("keys.old")}</h2>
            <p>{t("keys.old_lead")}</p>
            <KeyFields id="old" />
            <PrintedField id="old" />
          </form>
        )}
        <form id="prove">
          <h2>{t("keys.prove")}</h2>
          <p>{t("keys.prove_lead")}</p>
          <KeyFields id="prove" />
          <label for="second">{t("keys.second")}</label>
          <textarea id="second" name="second" rows={3} autocomplete="off" required></textarea>
          <button type="submit">{t("keys.prove_submit")}</button>
        </form>
      </section>
    </div>
  </OrganizeLayout>
);

/** Secluded: no text of the campaign is on it, and it loads its own script and nothing else. */
export const ListPage: FC<{ organizer: Organizer; campaign: Campaign }> = ({
  organizer,
  campaign,
}) => (
  <OrganizeLayout
    title={t("list.title")}
    organizer={organizer}
    campaign={campaign}
    scripts={["list"]}
  >
    <div
      data-list={campaign.slug}
      data-messages={messagesOf("list", [
        "working",
        "progress",
        "done",
        "wrong",
        "other",
        "shut_key",
        "shut_damaged",
        "shut_format",
      ])}
    >
      <h1>{t("list.title")}</h1>
      <p>{t("list.lead")}</p>
      <FreshNote organizer={organizer} to={`/organize/${campaign.slug}/list`} />
      <p>{t("list.offline")}</p>
      <noscript>
        <p class="form-error">{t("keys.needs_javascript")}</p>
      </noscript>
      <form>
        <KeyFields id="list" />
        <PrintedField id="list" />
        <button type="submit">{t("list.submit")}</button>
      </form>
      <progress hidden max={1} value={0} aria-label={t("list.title")}></progress>
      <p role="status" class="note"></p>
      <p>
        <a id="save" role="button" hidden href="#save">
          {t("list.save")}
        </a>
      </p>
      <ul id="shut"></ul>
    </div>
  </OrganizeLayout>
);
