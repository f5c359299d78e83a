import { createStandIn, type StandInOptions } from "../../src/dev/resend/app.ts";

export const mail = (over: Record<string, unknown> = {}) => ({
  from: "Tandem <campaign@tandem.example>",
  to: ["ada@inbox.eu"],
  subject: "Hello",
  text: "Hello",
  ...over,
});

/** Resend's stand-in in this process, with what somebody who calls its API does and sees. */
export function account(options: Partial<StandInOptions> = {}) {
  const { app, close } = createStandIn({ journal: null, domains: ["tandem.example"], ...options });
  const call = (
    method: string,
    where: string,
    body?: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<Response> => {
    const all: Record<string, string | undefined> = {
      authorization: "Bearer re_something",
      "user-agent": "test",
      "content-type": "application/json",
      ...headers,
    };
    const set = Object.entries(all).filter((entry): entry is [string, string] => !!entry[1]);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return Promise.resolve(
      app.request(where, { method, headers: set, ...(text ? { body: text } : {}) }),
    );
  };
  const post = (where: string, body: unknown, headers?: Record<string, string | undefined>) =>
    call("POST", where, body, headers);
  return {
    app,
    call,
    post,
    close,
    send: (over: Record<string, unknown> = {}, headers?: Record<string, string | undefined>) =>
      post("/emails", mail(over), headers),
    batch: (to: string[], headers?: Record<string, string | undefined>) =>
      post(
        "/emails/batch",
        to.map((one) => mail({ to: [one] })),
        headers,
      ),
    nameOf: async (answer: Response) => ({
      status: answer.status,
      name: (await answer.json<{ name?: string }>()).name,
    }),
    inbox: async (to: string) =>
      (await app.request(`/inbox.json?to=${to}`)).json<{ id: string; subject: string }[]>(),
    fault: (...faults: unknown[]) => post("/faults", { faults }),
    events: async () => {
      const answer = await post("/webhooks/collect", {});
      const { events } = await answer.json<{
        events: { headers: Record<string, string>; body: string }[];
      }>();
      return events.map(({ headers, body }) => ({
        id: headers["svix-id"]!,
        ...(JSON.parse(body) as { type: string; data: Record<string, unknown> }),
      }));
    },
  };
}

export const readers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, place) => `reader${from + place}@inbox.eu`);
