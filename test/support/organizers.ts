import { giveRole, inviteFirst } from "../../src/organizers/people/invite.ts";
import { ORGANIZER_COOKIE } from "../../src/organizers/door/door.ts";
import type { Role } from "../../src/organizers/rules.ts";
import { inbox, type Harness } from "./app.ts";

export const OWN = { "sec-fetch-site": "same-origin" };

/** The link in the newest sign-in mail of an address. */
export async function signInToken(address: string): Promise<string> {
  const mails = await inbox(address);
  return /\/organize\/enter\?t=([\w-]+)/.exec(mails.at(-1)!.text)![1]!;
}

/** Asks for a link, presses it, and gives the headers of somebody who is signed in. */
export async function enterAs(h: Harness, address: string): Promise<Record<string, string>> {
  await h.form("/organize/sign-in", { email: address });
  await h.deliver();
  const answer = await h.form("/organize/enter", { t: await signInToken(address) });
  const session = new RegExp(`__Host-${ORGANIZER_COOKIE}=([^;]+)`).exec(
    answer.headers.get("set-cookie") ?? "",
  )![1]!;
  return { cookie: `__Host-${ORGANIZER_COOKIE}=${session}`, ...OWN };
}

/** The first owner, signed in. */
export async function owner(h: Harness, address = "owner@example.org") {
  await inviteFirst(h.make(), address);
  return enterAs(h, address);
}

/** Somebody with a role in `in-step`, signed in. */
export async function member(h: Harness, role: Role, address = `${role}@example.org`) {
  await giveRole(h.make(), "operator", { campaign: "in-step", address, role });
  return enterAs(h, address);
}
