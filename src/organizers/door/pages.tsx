import type { FC } from "hono/jsx";
import { Errors, TextField, type FormState } from "../form.tsx";
import { OrganizeLayout } from "../layout.tsx";
import { say } from "../texts.ts";

export const SignInPage: FC<{ state: FormState; door: string }> = ({ state, door }) => (
  <OrganizeLayout title={say("sign_in.title")} organizer={null}>
    <h1>{say("sign_in.title")}</h1>
    <p>{say("sign_in.lead")}</p>
    <Errors errors={state.errors} />
    <form method="post" action="/organize/sign-in">
      <input type="hidden" name="door" value={door} />
      <TextField name="email" type="email" label={say("sign_in.email")} state={state} required />
      <button type="submit">{say("sign_in.submit")}</button>
    </form>
  </OrganizeLayout>
);

export const AskedPage: FC<{ sender: string; minutes: number }> = ({ sender, minutes }) => (
  <OrganizeLayout title={say("asked.title")} organizer={null}>
    <h1>{say("asked.title")}</h1>
    <p>{say("asked.lead", { sender, minutes })}</p>
  </OrganizeLayout>
);

export const EnterPage: FC<{ token: string; live: boolean; door: string }> = ({
  token,
  live,
  door,
}) => (
  <OrganizeLayout title={say("enter.title")} organizer={null}>
    <h1>{say("enter.title")}</h1>
    {live ? (
      <form method="post" action="/organize/enter">
        <input type="hidden" name="t" value={token} />
        <input type="hidden" name="door" value={door} />
        <button type="submit">{say("enter.submit")}</button>
      </form>
    ) : (
      <p>
        {say("enter.over")} <a href="/organize">{say("enter.again")}</a>
      </p>
    )}
  </OrganizeLayout>
);
