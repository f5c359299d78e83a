import { describe, expect, test } from "vitest";
import { dayOf, MINUTE } from "../../src/lib/clock.ts";
import { asking, harness, inbox, type Harness } from "../support/app.ts";
import { member, noticesTo, owner } from "../support/organizers.ts";

const ROOM = "/organize/mail";
const room = async (h: Harness, headers: Record<string, string>) =>
  (await h.request(ROOM, { headers })).text();

describe("what organizers see and set at the door", () => {
  test("shows how many wait by lane, and when an honest mail leaves", async () => {
    const h = harness({ MAIL_PER_DAY: "20" });
    const who = await owner(h);
    for (let at = 0; at < 12; at++) {
      await h.post("/api/v1/campaigns/in-step/signatures", asking({ email: `x${at}@a.example` }));
    }
    const html = await room(h, who);
    expect(html).toMatch(/Without one<\/t[hd]><td[^>]*>12</);
    expect(html).toMatch(/With a proof of work<\/t[hd]><td[^>]*>0</);
    expect(html).toContain("leaves within minutes");
    await h.db
      .prepare("UPDATE mail_load SET day = ?1, used_today = 1000")
      .bind(dayOf(h.clock.now()))
      .run();
    expect(await room(h, who)).toContain("leaves on November 24");
  });

  test("owners make challenges the hardest and asks without a proof slower; each owner is told, the log says it", async () => {
    const h = harness();
    const who = await owner(h);
    const organizer = await member(h, "organizer");
    const before = (await noticesTo("owner@example.org")).length;
    expect((await h.form(ROOM, { harder: "yes" }, organizer)).status).toBe(403);
    expect((await h.form(ROOM, { harder: "yes", slower: "yes" }, who)).status).toBe(303);
    await h.deliver();
    const told = (await noticesTo("owner@example.org")).slice(before);
    expect(told.map(({ subject }) => subject)).toContain("What the door asks for was switched");
    expect(
      await h.db.prepare("SELECT door_harder, door_slower, door_second FROM mail_load").first(),
    ).toEqual({
      door_harder: 1,
      door_slower: 1,
      door_second: 0,
    });
    const log = await h.db
      .prepare("SELECT after FROM audit WHERE act = 'door.switched'")
      .first("after");
    expect(JSON.parse(String(log))).toEqual({ harder: true, slower: true, second: false });
    expect(await room(h, who)).toMatch(/name="harder"[^>]*checked/);
    h.clock.advance(16 * MINUTE);
    expect((await h.form(ROOM, {}, who)).status).toBe(403);
    await h.post("/api/v1/campaigns/in-step/signatures", asking({ email: "late@example.com" }));
    await h.deliver();
    expect(await inbox("late@example.com"), "none is refused").toHaveLength(1);
  });
});
