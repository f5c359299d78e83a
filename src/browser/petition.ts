/**
 * What pages do with JavaScript on: the total refreshes while it is seen, and the form answers in
 * place. Without it, everything works by plain forms and links.
 */
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

/** Puts the answer's content in place of this page's, and the reader at its beginning. */
function showAnswer(html: string, url: string): void {
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
  if (location.href !== url) history.pushState(null, "", url);
  const target = here.querySelector<HTMLElement>("[role=alert]") ?? here;
  target.tabIndex = -1;
  target.focus();
  target.scrollIntoView();
}

async function sendInPlace(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) {
    if (typeof value === "string") body.append(name, value);
  }
  const response = await fetch(form.action, { method: "POST", body });
  showAnswer(await response.text(), response.url);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-in-place")) return;
  event.preventDefault();
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
addEventListener("popstate", () => location.reload());
document.addEventListener("visibilitychange", () => void refresh());
setInterval(() => void refresh(), REFRESH_MS);
