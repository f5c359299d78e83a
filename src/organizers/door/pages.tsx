import type { FC } from "hono/jsx";
import { Errors, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import type { Organizer } from "../rules.ts";
import { t } from "../texts.ts";

export const SignInPage: FC<{ state: FormState; door: string }> = ({ state, door }) => (
  <OrganizeLayout title={t("sign_in.title")} organizer={null}>
    <h1>{t("sign_in.title")}</h1>
    <p>{t("sign_in.lead")}</p>
    <Errors errors={state.errors} />
    <form method="post" action="/organize/sign-in">
      <input type="hidden" name="door" value={door} />
      <TextField name="email" type="email" label={t("sign_in.email")} state={state} required />
      <button type="submit">{t("sign_in.submit")}</button>
    </form>
  </OrganizeLayout>
);

export const AskedPage: FC<{ sender: string; minutes: number }> = ({ sender, minutes }) => (
  <OrganizeLayout title={t("asked.title")} organizer={null}>
    <h1>{t("asked.title")}</h1>
    <p>{t("asked.lead", { sender, minutes })}</p>
  </OrganizeLayout>
);

export const EnterPage: FC<{ token: string; live: boolean; door: string }> = ({
  token,
  live,
  door,
}) => (
  <OrganizeLayout title={t("enter.title")} organizer={null}>
    <h1>{t("enter.title")}</h1>
    {live ? (
      <form method="post" action="/organize/enter">
        <input type="hidden" name="t" value={token} />
        <input type="hidden" name="door" value={door} />
        <button type="submit">{t("enter.submit")}</button>
      </form>
    ) : (
      <p>
        {t("enter.over")} <a href="/organize">{t("enter.again")}</a>
      </p>
    )}
  </OrganizeLayout>
);

/** Leads somebody who is signed in to another sign-in, and back to the page that they came from. */
export const AgainPage: FC<{ organizer: Organizer; to: string; minutes: number }> = ({
  organizer,
  to,
  minutes,
}) => (
  <OrganizeLayout title={t("again.title")} organizer={organizer}>
    <h1>{t("again.title")}</h1>
    <p>{t("again.lead", { minutes })}</p>
    <form method="post" action="/organize/sign-in">
      <input type="hidden" name="again" value="yes" />
      <input type="hidden" name="to" value={to} />
      <button type="submit">{t("again.submit")}</button>
    </form>
    <p>
      <a href={to}>{t("again.back")}</a>
    </p>
  </OrganizeLayout>
);

/** On pages where owners press: says before the press that it takes another sign-in, and leads there. */
export const FreshNote: FC<{ organizer: Organizer; to: string }> = ({ organizer, to }) =>
  organizer.fresh ? null : (
    <p class="note">
      {t("again.note")}{" "}
      <a href={`/organize/again?${new URLSearchParams({ to }).toString()}`}>{t("again.title")}</a>
    </p>
  );
