import { giveRole, inviteFirst } from "../../src/organizers/people/invite.ts";
import { BROWSER_COOKIE } from "../../src/organizers/door/browser.ts";
import { ORGANIZER_COOKIE } from "../../src/organizers/door/door.ts";
import type { Role } from "../../src/organizers/rules.ts";
import { inbox, type Harness, type Mail, type TestClock } from "./app.ts";

export const OWN = { "sec-fetch-site": "same-origin" };

const LINK = /\/organize\/enter\?t=([\w-]+)/;

/** The link in the newest sign-in mail of an address. */
export async function signInToken(address: string): Promise<string> {
  const links = (await inbox(address)).flatMap(({ text }) => LINK.exec(text)?.[1] ?? []);
  return links.at(-1)!;
}

/** The mails to an address that are no links to sign in. */
export async function noticesTo(address: string): Promise<Mail[]> {
  return (await inbox(address)).filter(({ text }) => !LINK.test(text));
}

/** A cookie that an answer sets, as a browser sends it back; empty where it sets none. */
export function cookieIn(answer: Response, name: string): string {
  const set = answer.headers.getSetCookie().find((one) => one.startsWith(`__Host-${name}=`));
  return set?.split(";")[0] ?? "";
}

/** What the browsers of these tests keep, by address. */
const browsers = new WeakMap<TestClock, Map<string, string>>();

/** Asks for a link, presses it, and gives the headers of somebody who is signed in, each time in the same browser. */
export async function enterAs(h: Harness, address: string): Promise<Record<string, string>> {
  const kept = browsers.get(h.clock) ?? new Map<string, string>();
  browsers.set(h.clock, kept);
  const browser: Record<string, string> = kept.has(address) ? { cookie: kept.get(address)! } : {};
  await h.form("/organize/sign-in", { email: address }, browser);
  await h.deliver();
  const answer = await h.form("/organize/enter", { t: await signInToken(address) }, browser);
  kept.set(address, cookieIn(answer, BROWSER_COOKIE));
  return { cookie: cookieIn(answer, ORGANIZER_COOKIE), ...OWN };
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
