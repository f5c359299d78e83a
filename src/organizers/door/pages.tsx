import type { FC } from "hono/jsx";
import { Errors, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
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
