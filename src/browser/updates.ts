/** Sends news: opens the seals of those who asked for it and hands the mails over in batches. */
import "./jitless.ts";
import { call } from "./api.ts";
import { givenKey, messages, openCanary, sentence } from "./key-form.ts";
import { openAll } from "./open-all.ts";

const page = document.querySelector<HTMLElement>("[data-update]")!;
const slug = page.dataset["campaign"]!;
const path = `campaigns/${slug}/updates/${page.dataset["update"]!}`;
const form = page.querySelector<HTMLFormElement>("#send")!;
const stop = page.querySelector<HTMLButtonElement>("#stop")!;
const said = page.querySelector<HTMLElement>("[role=status]")!;
const BATCH = Number(page.dataset["batch"]);

const wish = { stop: false };

async function send(): Promise<void> {
  const given = await givenKey(form);
  if ((await openCanary(slug, given)) === null) throw new Error(messages["wrong"]);
  await call(path, { to: "sending" });
  stop.hidden = false;
  let handed = 0;
  await openAll(
    slug,
    given.key,
    "updates",
    async ({ mails }) => {
      for (let at = 0; at < mails.length && !wish.stop; at += BATCH) {
        const batch = mails.slice(at, at + BATCH);
        const answer = await call<{ handed: number }>(`${path}/mails`, { mails: batch });
        handed += answer.handed;
        said.textContent = messages["progress"]!.replace("{handed}", String(handed));
      }
    },
    () => undefined,
    () => wish.stop,
  );
  stop.hidden = true;
  if (wish.stop) return;
  await call(path, { to: "sent" });
  said.textContent = messages["done"]!.replace("{handed}", String(handed));
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  said.textContent = messages["working"]!;
  send().catch((error: unknown) => {
    said.textContent = sentence(error);
  });
});

stop?.addEventListener("click", () => {
  wish.stop = true;
  call(path, { to: "stopped" })
    .then(() => (said.textContent = messages["stopped"]!))
    .catch((error: unknown) => (said.textContent = sentence(error)));
});
