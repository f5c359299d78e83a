import { html, raw } from "hono/html";
import type { Accepted } from "./accept.ts";
import { arrives } from "./course.ts";

const style = raw(`<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1rem; color: #1c1c1c; background: #fff }
  a { color: #14508c } li { margin: .6rem 0; overflow-wrap: anywhere } ul { padding-left: 1.2rem }
  h1 { overflow-wrap: anywhere; font-size: 1.6rem } dt { color: #595959; font-size: .9rem } dd { margin: 0 0 .6rem; overflow-wrap: anywhere }
  iframe { width: 100%; height: 24rem; border: 1px solid #767676 } pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f3f3f3; padding: 1rem }
</style>`);

const frame = (title: string, body: unknown) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;

/** What became of a mail that nobody gets. */
const fate = ({ course }: Accepted) =>
  course && !arrives(course) ? html` (${course.end}: nobody gets it)` : "";

/** Where somebody sends the Worker a mail, as a mail program would. */
const outbound = html`<h2>Send a mail</h2>
  <p>What a page prepares goes here. An answer arrives above.</p>
  <form method="post" action="/outbound">
    <p>
      <label>From<br /><input name="from" type="email" required /></label>
    </p>
    <p>
      <label>To<br /><input name="to" type="email" required /></label>
    </p>
    <p>
      <label>Subject<br /><input name="subject" required /></label>
    </p>
    <p>
      <label>Text<br /><textarea name="text"></textarea></label>
    </p>
    <button>Send</button>
  </form>`;

/** The list of what was accepted, newest first. */
export function inboxPage(mails: Accepted[], sends: boolean) {
  return frame(
    "Inbox",
    html`<h1>Inbox</h1>
      <p>
        Mails that Tandem handed to Resend’s stand-in, and its answers to mail. None of them left
        this machine.
      </p>
      ${mails.length === 0 ? html`<p>No mail yet.</p>` : ""}
      <ul>
        ${mails.map(
          (mail) =>
            html`<li>
              <a href="/inbox/${mail.id}">${mail.subject}</a><br />to ${mail.to.join(", ")},
              ${mail.at}${fate(mail)}
            </li>`,
        )}
      </ul>
      ${sends ? outbound : ""}`,
  );
}

/** One mail: headers, the HTML form in a frame of its own, the text form with links to press. */
export function mailPage(mail: Accepted) {
  const parts = mail.text.split(/(https?:\/\/[^\s<>"]+)/);
  const headers = {
    From: mail.from,
    To: mail.to.join(", "),
    Subject: mail.subject,
    ...mail.headers,
  };
  return frame(
    mail.subject,
    html`<p><a href="/inbox">All mails</a></p>
      <h1>${mail.subject}</h1>
      <dl>
        ${Object.entries(headers).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      <h2>HTML</h2>
      <iframe
        title="HTML form of the mail"
        src="/inbox/${mail.id}/html"
        sandbox="allow-popups allow-top-navigation-by-user-activation"
      ></iframe>
      <h2>Text</h2>
      <pre>
${parts.map((part, index) => (index % 2 === 1 ? html`<a href="${part}">${part}</a>` : part))}</pre>`,
  );
}

/** The HTML form as a mail program shows it; its links open in the whole window. */
export function mailHtml(mail: Accepted): string {
  return mail.html.replace(/<head>/i, '<head><base target="_top">');
}
