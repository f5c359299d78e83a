/**
 * What pages do with JavaScript on: the total refreshes while it is seen, the form answers in place, and
 * a proof of work is solved while it is filled in. Without it, everything works by plain forms and links.
 */
import { prepareProof, proofOf } from "./proof.ts";

const REFRESH_MS = 60_000;
const COPIED_MS = 3_000;

function showTotal(goal: HTMLElement, total: number): void {
  const grouped = String(total).replace(/\B(?=(\d{3})+(?!\d))/g, goal.dataset["group"] ?? "");
  const strong = goal.querySelector("strong");
  const text = (goal.dataset["text"] ?? "").replace("{total}", grouped);
  if (strong && strong.textContent !== text) strong.textContent = text;
  const bar = goal.querySelector("progress");
  if (bar) bar.value = Math.min(total, bar.max);
}

async function refresh(): Promise<void> {
  const goal = document.querySelector<HTMLElement>("[data-tally]");
  if (!goal || document.visibilityState !== "visible") return;
  const response = await fetch(goal.dataset["tally"]!).catch(() => null);
  if (!response?.ok) return;
  const tally = (await response.json()) as { total: number };
  showTotal(goal, tally.total);
}

/**
 * Puts the answer's content in place of this page's, and the reader at its beginning. Whoever takes the
 * careful way gets no second entry in the browser's history.
 */
function showAnswer(html: string, url: string, careful: boolean): void {
  const answer = new DOMParser().parseFromString(html, "text/html");
  const content = answer.querySelector("main");
  const here = document.querySelector("main");
  if (!content || !here) {
    location.assign(url);
    return;
  }
  document.title = answer.title;
  here.replaceChildren(...content.childNodes);
  showCopyButtons();
  const languages = answer.querySelector("nav.languages");
  if (languages) document.querySelector("nav.languages")?.replaceWith(languages);
  if (location.href !== url) {
    if (careful) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }
  const target = here.querySelector<HTMLElement>("[role=alert]") ?? here;
  target.tabIndex = -1;
  target.focus();
  target.scrollIntoView();
}

async function sendInPlace(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  const proof = form.querySelector<HTMLInputElement>("[name=proof]");
  if (proof && form.dataset["proof"]) proof.value = await proofOf(form.dataset["proof"]);
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) {
    if (typeof value === "string") body.append(name, value);
  }
  const response = await fetch(form.action, { method: "POST", body });
  showAnswer(await response.text(), response.url, body.get("careful") === "yes");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-in-place")) return;
  event.preventDefault();
  // It may wait a moment for the proof: a second press sends nothing twice.
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const button = event.submitter;
  const label = button?.textContent ?? "";
  if (button) {
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset["busy"] ?? label;
  }
  sendInPlace(form, button).catch(() => {
    // No network for fetch: the browser's own submit shows what is wrong.
    form.submit();
  });
});

/**
 * Shows what there is to say of the chosen country before anything is typed, and ticks the careful way;
 * takes both back where another country is chosen.
 */
function showRisk(form: HTMLFormElement): void {
  const card = document.getElementById("risk");
  const country = form.querySelector<HTMLSelectElement>("[name=country]");
  const careful = form.querySelector<HTMLInputElement>("[name=careful]");
  const risks = form.querySelector<HTMLInputElement>("[name=risks]");
  if (!card || !country || !careful || !risks) return;
  const chosen = country.selectedOptions[0]?.dataset["risk"];
  let isNew = false;
  let stays = false;
  for (const text of card.querySelectorAll<HTMLElement>("[data-risk]")) {
    const wanted = text.dataset["risk"] === chosen;
    stays ||= "stays" in text.dataset;
    isNew ||= wanted && text.hidden !== false;
    text.hidden = !wanted && !("stays" in text.dataset);
  }
  card.hidden = !chosen && !stays;
  if (chosen) risks.value += `,${country.value}`;
  if (isNew && !careful.checked) {
    careful.checked = true;
    careful.dataset["byUs"] = "";
  } else if (card.hidden && "byUs" in careful.dataset) {
    careful.checked = false;
    delete careful.dataset["byUs"];
  }
  form.querySelector<HTMLDetailsElement>(".rest")?.toggleAttribute("open", card.hidden);
  keepNothing(form);
  if (isNew) card.scrollIntoView();
}

/** The browser remembers nothing that is typed where it could endanger somebody. */
function keepNothing(form: HTMLFormElement): void {
  const careful = form.querySelector<HTMLInputElement>("[name=careful]")?.checked;
  const email = form.querySelector<HTMLInputElement>("[name=email]");
  const off = careful === true || document.getElementById("risk")?.hidden === false;
  form.setAttribute("autocomplete", off ? "off" : "on");
  email?.setAttribute("autocomplete", off ? "off" : "email");
}

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLElement)) return;
  const form = field.closest<HTMLFormElement>("form[data-sign]");
  if (!form) return;
  if (field instanceof HTMLSelectElement) showRisk(form);
  else keepNothing(form);
});

/** Whoever comes into the form is about to fill it in. */
document.addEventListener("focusin", (event) => {
  const form = event.target instanceof Element && event.target.closest("form");
  if (form && form.dataset["proof"]) prepareProof(form.dataset["proof"]);
});

/** Another page at once, in the place of this one: Back does not lead here. */
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[data-leave]");
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  document.title = "";
  document.body.replaceChildren();
  location.replace(link.href);
});

/** A press that takes the place of its page in the history: Back does not lead to the link of the mail. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset["replace"] === undefined) return;
  event.preventDefault();
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") body.append(name, value);
  }
  fetch(form.action, { method: "POST", body }).then(
    // What was wrong is shown by a press of the ordinary kind: it has changed nothing.
    (answer) => (answer.redirected ? location.replace(answer.url) : form.submit()),
    () => form.submit(),
  );
});

/** Copying needs JavaScript: without it the button is not there, and the text can be selected. */
function showCopyButtons(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target;
  if (!(button instanceof HTMLElement) || !button.dataset["copy"]) return;
  const source = document.getElementById(button.dataset["copy"]);
  if (!source) return;
  const label = button.textContent ?? "";
  const done = () => {
    button.textContent = button.dataset["copied"] ?? label;
    setTimeout(() => (button.textContent = label), COPIED_MS);
  };
  navigator.clipboard.writeText(source.textContent ?? "").then(done, () => {
    // Where the browser forbids it, the old way; where that fails too, the text stays selected.
    getSelection()?.selectAllChildren(source);
    // oxlint-disable-next-line typescript/no-deprecated -- the only way left there
    if (document.execCommand("copy")) done();
  });
});

showCopyButtons();
// A browser may have kept the country over a reload, and not what was shown of it.
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sign]")) showRisk(form);
addEventListener("popstate", () => location.reload());
document.addEventListener("visibilitychange", () => void refresh());
setInterval(() => void refresh(), REFRESH_MS);
