import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { TrieRouter } from "hono/router/trie-router";
import { secureHeaders } from "hono/secure-headers";
import { campaignApi } from "./campaigns/routes.ts";
import { campaignSite, localeChooser, quickLeave } from "./campaigns/site.tsx";
import { makeDeps, type Deps } from "./deps.ts";
import type { Env } from "./env.ts";
import { keepNothing, page, type App, type Ctx, preferredLocale } from "./http.ts";
import { hex } from "./lib/bytes.ts";
import { integritySite } from "./integrity/site.tsx";
import { letterApi } from "./letters/routes.ts";
import { letterSite } from "./letters/site.tsx";
import { forgetWriter } from "./letters/forget-writer.ts";
import { localeInPath } from "./locale.ts";
import { measureApi } from "./measures/routes.ts";
import { measureDoor, measureSite } from "./measures/site.tsx";
import { log } from "./lib/log.ts";
import { notFound, Problem } from "./lib/problem.ts";
import { mailRoutes } from "./mail/routes.ts";
import { mailSite } from "./mail/site.tsx";
import { organizerApi } from "./organizers/routes.ts";
import { organizerSite } from "./organizers/site.ts";
import { tLoose } from "./organizers/texts.ts";
import { privacySite } from "./privacy/site.tsx";
import { proofApi } from "./proof/routes.ts";
import { recipientApi } from "./recipients/routes.ts";
import { signatureApi } from "./signatures/routes.ts";
import { signatureSite } from "./signatures/site.tsx";
import { tallyApi } from "./tallies/routes.ts";
import { tallySite } from "./tallies/site.tsx";
import { ErrorPage } from "./ui/error-page.tsx";
import { isLocale, loadTexts, translateLoose, translator, type UiKey } from "./ui/i18n.ts";
import { fieldMessage } from "./ui/parts.tsx";

const REQUEST_ID_BYTES = 8;

type MakeDeps = (env: Env, access: Deps["access"]) => Deps;

/** Cloudflare Access, where it stands in front. Hono throws where there is no context at all. */
function accessOf(c: Ctx): Deps["access"] {
  try {
    return (c.executionCtx as Partial<ExecutionContext>).access ?? null;
  } catch (error) {
    if (error instanceof Error && /ExecutionContext/.test(error.message)) return null;
    throw error;
  }
}

/** A random id for the request, its parts, and the page's language; the visitor's where the path names none. */
function prepare(make: MakeDeps): MiddlewareHandler<App> {
  return async function prepare(c, next) {
    const deps = make(c.env, accessOf(c));
    const first = c.req.path.split("/", 2)[1]!;
    const locale = isLocale(first) ? first : preferredLocale(c);
    c.set("deps", deps);
    c.set("requestId", hex(deps.random.bytes(REQUEST_ID_BYTES)));
    await loadTexts(deps, locale);
    c.set("locale", locale);
    c.set("t", translator(locale));
    await next();
  };
}

/**
 * Answers only to our own name: no link and no cache entry is ever made for another. On one's own
 * machine the address 127.0.0.1 leads to the name.
 */
const ownHostOnly: MiddlewareHandler<App> = async function ownHostOnly(c, next) {
  const { STAGE, PUBLIC_ORIGIN } = c.var.deps.settings;
  const asked = new URL(c.req.url);
  if (asked.host === new URL(PUBLIC_ORIGIN).host) return next();
  if (STAGE === "local" && asked.hostname === "127.0.0.1" && c.req.method === "GET") {
    return c.redirect(`${PUBLIC_ORIGIN}${asked.pathname}${asked.search}`, 302);
  }
  throw new Problem(421, "request.wrong_host");
};

const limitBody: MiddlewareHandler<App> = async function limitBody(c, next) {
  const { BODY_BYTES, ORGANIZER_BODY_BYTES, WEBHOOK_BYTES } = c.var.deps.settings;
  const { path } = c.req;
  const maxSize = path.startsWith("/webhooks/")
    ? WEBHOOK_BYTES
    : path.startsWith("/organize/")
      ? ORGANIZER_BODY_BYTES
      : BODY_BYTES;
  const onError = () => {
    throw new Problem(413, "request.too_large");
  };
  return bodyLimit({ maxSize, onError })(c, async () => {
    await readWhole(c);
    return next();
  });
};

/**
 * In the room the body is there before anybody is asked who they are: a request that is held open would
 * keep a role, or a fresh sign-in, beyond its end.
 */
async function readWhole({ req }: Ctx): Promise<void> {
  if (!req.path.startsWith("/organize/") || req.raw.body === null) return;
  const { method, headers } = req.raw;
  req.raw = new Request(req.raw.url, { method, headers, body: await req.raw.arrayBuffer() });
}

/** What the page that opens seals may load: its own script, and its worker through one named policy. */
const SECLUDED = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types tandem-list",
].join("; ");

/** Set after the common headers, so it stands around them. */
const seclude: MiddlewareHandler<App> = async function seclude(c, next) {
  await next();
  c.header("Content-Security-Policy", SECLUDED);
};

/** The app with its parts; tests hand in others. */
export function createApp(make: MakeDeps = makeDeps): Hono<App> {
  // Hono's default tries another router first, which cannot hold these paths, in the first request.
  const app = new Hono<App>({ router: new TrieRouter() });

  app.use(keepNothing);
  app.use(prepare(make));
  app.use("/organize/:slug/list", seclude);
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: "no-referrer",
      xFrameOptions: "DENY",
      permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
      // Not for subdomains: others of the domain are not ours to decide about.
      strictTransportSecurity: "max-age=31536000",
    }),
  );
  app.use(ownHostOnly);
  app.use(limitBody);

  app.route("/api/v1", campaignApi);
  app.route("/api/v1", signatureApi(forgetWriter));
  app.route("/api/v1", proofApi);
  app.route("/api/v1", recipientApi);
  app.route("/api/v1", tallyApi);
  app.route("/api/v1", measureApi);
  app.route("/api/v1", letterApi);
  app.route("/", mailRoutes);
  app.route("/organize", organizerApi);
  app.route("/organize", organizerSite);
  app.route("/", quickLeave);
  app.route("/", measureDoor);
  app.route("/", localeChooser);
  app.use("/:locale", localeInPath);
  app.use("/:locale/*", localeInPath);
  // What has a name of its own comes before what has a campaign's.
  app.route("/", mailSite);
  app.route("/", privacySite);
  app.route("/", measureSite);
  app.route("/", letterSite);
  app.route("/", tallySite);
  app.route("/", integritySite);
  app.route("/", campaignSite);
  app.route("/", signatureSite(forgetWriter));

  app.notFound((c) => fail(c, otherMethods(app, c) ?? notFound()));
  app.onError((error, c) => {
    if (error instanceof Problem) return fail(c, otherMethods(app, c, error) ?? error);
    // The error's text may hold what a person typed: only its kind is logged.
    const kind = error.name.slice(0, 40);
    log("error", { code: "server.failed", kind, requestId: c.var.requestId });
    if (c.var.deps?.settings.STAGE === "local") console.error(error);
    return fail(c, new Problem(500, "server.failed"));
  });
  return app;
}

const METHODS = ["GET", "POST"];

/** 405 with Allow, where the path exists for another method. */
function otherMethods(app: Hono<App>, c: Ctx, error?: Problem): Problem | null {
  if (error && error.code !== "request.not_found") return null;
  if (METHODS.includes(c.req.method) && handlersFor(app, c.req.method, c.req.path)) return null;
  const allowed = METHODS.filter((method) => handlersFor(app, method, c.req.path));
  if (allowed.length === 0) return null;
  const allow = allowed.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return new Problem(405, "request.method", { headers: { Allow: allow.join(", ") } });
}

function handlersFor(app: Hono<App>, method: string, path: string): boolean {
  const [matches] = app.router.match(method, path);
  return matches.some(([[, route]]) => route.method !== "ALL");
}

function fail(c: Ctx, problem: Problem): Response | Promise<Response> {
  const requestId = c.var.requestId ?? "";
  const { locale } = c.var;
  // Settings or texts that cannot be read leave nothing to word a failure with.
  if (!locale) return c.text("Tandem cannot answer now.", 500);
  const t = translator(locale);
  const organizing = c.req.path.startsWith("/organize");
  const message =
    (organizing ? tLoose(`problem.${problem.code}`) : null) ??
    translateLoose(locale, `problem.${problem.code}`, problem.values) ??
    t("problem.server.failed" satisfies UiKey);
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  const status = problem.status as ContentfulStatusCode;
  if (!wantsPage(c)) {
    return c.body(
      JSON.stringify({
        type: "about:blank",
        title: message,
        status,
        code: problem.code,
        ...(problem.values["date"] ? { date: problem.values["date"] } : {}),
        errors: problem.errors.map(({ path, message: key }) => ({
          path,
          message: (organizing ? tLoose(`field.${key}`) : null) ?? fieldMessage(locale, key),
        })),
        requestId,
      }),
      status,
      { "Content-Type": "application/problem+json" },
    );
  }
  const origin = c.var.deps?.settings.PUBLIC_ORIGIN ?? "";
  const element = (
    <ErrorPage
      locale={locale}
      origin={origin}
      message={message}
      requestId={requestId}
      back={organizing ? "/organize" : null}
    />
  );
  return page(c, element, status);
}

function wantsPage(c: Ctx): boolean {
  return !/^\/(api|webhooks|organize\/api)(\/|$)/.test(c.req.path);
}
