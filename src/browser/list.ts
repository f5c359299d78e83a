/** Downloads the list of signers: sealed rows come in, CSV goes out, and nothing is sent anywhere. */
import "./jitless.ts";
import { CSV_HEAD } from "../signatures/unseal.ts";
import { givenKey, messages, openCanary, sentence } from "./key-form.ts";
import { openAll } from "./open-all.ts";

const page = document.querySelector<HTMLElement>("[data-list]")!;
const slug = page.dataset["list"]!;
const form = page.querySelector<HTMLFormElement>("form")!;
const said = page.querySelector<HTMLElement>("[role=status]")!;
const bar = page.querySelector<HTMLProgressElement>("progress")!;
const link = page.querySelector<HTMLAnchorElement>("#save")!;
const shutList = page.querySelector<HTMLElement>("#shut")!;

const fill = (text: string, values: Record<string, string | number>) =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));

async function download(): Promise<void> {
  link.hidden = true;
  shutList.replaceChildren();
  const given = await givenKey(form);
  if (given.key.campaign !== slug) throw new Error(messages["other"]);
  await openCanary(slug, given);
  const parts: string[] = [CSV_HEAD];
  bar.hidden = false;
  const began = performance.now();
  const sum = await openAll(
    slug,
    given.key,
    "list",
    ({ csv }) => void parts.push(csv),
    (read, total) => {
      bar.max = Math.max(total, read, 1);
      bar.value = read;
      said.textContent = fill(messages["progress"]!, { read });
    },
  );
  const foreign = sum.shut.find(({ why }) => why === "key");
  if (sum.opened === 0 && foreign) throw new Error(messages["wrong"]);
  for (const { row, why } of sum.shut) {
    const item = document.createElement("li");
    item.textContent = fill(messages[`shut_${why}`]!, { row });
    shutList.append(item);
  }
  link.href = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  link.download = `${slug}-signers.csv`;
  link.hidden = false;
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  said.textContent = fill(messages["done"]!, { opened: sum.opened, seconds });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  said.textContent = messages["working"]!;
  download().catch((error: unknown) => {
    bar.hidden = true;
    said.textContent = sentence(error);
  });
});
