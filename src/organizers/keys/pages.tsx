import type { FC } from "hono/jsx";
import type { Campaign } from "../../campaigns/rules.ts";
import { formatDay } from "../../ui/i18n.ts";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import { say, type OrganizeKey } from "../texts.ts";

/** What can be wrong with a key that somebody gives: the codes of KeyFileError and UnsealError. */
const KEY_FAULTS = ["no_key", "not_ours", "passphrase_needed", "passphrase_wrong", "key_file"];

/** Sentences that a page's script says, by the last part of their keys. */
export function messagesOf(prefix: string, names: string[]): string {
  const sentences = (of: string, all: string[]) =>
    all.map((name) => [name, say(`${of}.say_${name}` as OrganizeKey, BLANKS)]);
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
    <label for={`${id}-file`}>{say("keys.file")}</label>
    <input id={`${id}-file`} name="file" type="file" accept=".json,application/json,text/plain" />
    <label for={`${id}-passphrase`}>{say("keys.passphrase")}</label>
    <input id={`${id}-passphrase`} name="passphrase" type="password" autocomplete="off" />
  </>
);

export const PrintedField: FC<{ id: string }> = ({ id }) => (
  <>
    <label for={`${id}-printed`}>{say("keys.or_printed")}</label>
    <textarea id={`${id}-printed`} name="printed" rows={3} autocomplete="off"></textarea>
  </>
);

export const KeysPage: FC<{ organizer: Organizer; campaign: Campaign }> = ({
  organizer,
  campaign,
}) => (
  <OrganizeLayout
    title={say("keys.title")}
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
      <h1>{say("keys.title")}</h1>
      <p>{say("keys.lead")}</p>
      <p>
        {campaign.keysProvedAt === null
          ? say(campaign.sealingKey === null ? "keys.none" : "keys.unproved")
          : say("keys.proved", {
              date: formatDay("en", new Date(campaign.keysProvedAt).toISOString().slice(0, 10)),
            })}
      </p>
      <noscript>
        <p class="form-error">{say("keys.needs_javascript")}</p>
      </noscript>
      <p role="status" class="note"></p>
      <form id="make">
        <h2>{say("keys.make")}</h2>
        <label for="new-passphrase">{say("keys.new_passphrase")}</label>
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
          {say("keys.new_passphrase_help")}
        </small>
        <label for="new-passphrase-again">{say("keys.again")}</label>
        <input
          id="new-passphrase-again"
          name="new-passphrase-again"
          type="password"
          autocomplete="new-password"
          required
        />
        <button type="submit">{say("keys.make_submit")}</button>
      </form>
      <section id="made" hidden>
        <h2>{say("keys.keep")}</h2>
        <p>
          <a id="save-first" role="button" href="#save-first">
            {say("keys.save_first")}
          </a>
        </p>
        <p>{say("keys.print_second")}</p>
        <pre id="printed-key" class="printed"></pre>
        <button type="button" id="print" class="secondary">
          {say("keys.print")}
        </button>
        {campaign.sealingKey !== null && (
          <form id="old">
            <h2>{say("keys.old")}</h2>
            <p>{say("keys.old_lead")}</p>
            <KeyFields id="old" />
            <PrintedField id="old" />
          </form>
        )}
        <form id="prove">
          <h2>{say("keys.prove")}</h2>
          <p>{say("keys.prove_lead")}</p>
          <KeyFields id="prove" />
          <label for="second">{say("keys.second")}</label>
          <textarea id="second" name="second" rows={3} autocomplete="off" required></textarea>
          <button type="submit">{say("keys.prove_submit")}</button>
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
    title={say("list.title")}
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
      <h1>{say("list.title")}</h1>
      <p>{say("list.lead")}</p>
      <p>{say("list.offline")}</p>
      <noscript>
        <p class="form-error">{say("keys.needs_javascript")}</p>
      </noscript>
      <form>
        <KeyFields id="list" />
        <PrintedField id="list" />
        <button type="submit">{say("list.submit")}</button>
      </form>
      <progress hidden max={1} value={0} aria-label={say("list.title")}></progress>
      <p role="status" class="note"></p>
      <p>
        <a id="save" role="button" hidden href="#save">
          {say("list.save")}
        </a>
      </p>
      <ul id="shut"></ul>
    </div>
  </OrganizeLayout>
);
