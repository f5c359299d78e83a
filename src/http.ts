import type { Context, MiddlewareHandler } from "hono";
import { accepts } from "hono/accepts";
import { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { HtmlEscapedString } from "hono/utils/html";
import * as z from "zod";
import type { Deps } from "./deps.ts";
import type { Env } from "./env.ts";
import { sameBytes, utf8 } from "./lib/bytes.ts";
import { invalid, Problem, type FieldError } from "./lib/problem.ts";
import { DEFAULT_LOCALE, LOCALES, type Translate } from "./ui/i18n.ts";

interface Variables {
  deps: Deps;
  requestId: string;
  locale: string;
  t: Translate;
}
export type App = { Bindings: Env; Variables: Variables };
export type Ctx = Context<App>;

type Element = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A page with its doctype; without one, browsers fall into quirks mode. */
export function page(c: Ctx, body: Element, status: ContentfulStatusCode = 200) {
  return c.html(html`<!doctype html>${body}`, status);
}

/**
 * The exception to `no-store`, for answers that are the same for everyone: a shared cache's key is the
 * path and the query, and neither the browser's language nor a cookie. `seconds` is how long it is
 * fresh; then it is shown STALE_S longer while it is made anew, and never instead of an error.
 */
export function cacheable(c: Ctx, seconds: number): void {
  const stale = c.var.deps.settings.STALE_S;
  c.header(
    "Cache-Control",
    `public, max-age=${seconds}, stale-while-revalidate=${stale}, stale-if-error=0`,
  );
}

/**
 * What caches may keep: nothing, but for a whole answer that its route called `cacheable` and that
 * sets no cookie. Nobody on the way rewrites a page: it loads no script but ours, and shows addresses.
 */
export const keepNothing: MiddlewareHandler = async function keepNothing(c, next) {
  await next();
  const { headers, status } = c.res;
  const open = status === 200 && !headers.has("Set-Cookie");
  const kept = (open && headers.get("Cache-Control")) || "no-store";
  const isPage = headers.get("Content-Type")?.startsWith("text/html") ?? false;
  c.header("Cache-Control", isPage ? `${kept}, no-transform` : kept);
};

/** For answers whose words follow the browser's language. They are never `cacheable`. */
export function byLanguage(c: Ctx): void {
  c.header("Vary", "Accept-Language");
}

/** The wrong fields that a schema found, by codes that people can be told. */
export function toFieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: key, message: "value.unknown_field" }));
    }
    const known = /^[a-z_]+\.[a-z_]+$/.test(issue.message);
    return [{ path: issue.path.join("."), message: known ? issue.message : "value.invalid" }];
  });
}

/** Throws `request.invalid` (422) that names each wrong field. */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw invalid(toFieldErrors(parsed.error));
  return parsed.data;
}

/** Reads a JSON body. Throws 415 for another type, 400 for broken JSON, 422 for wrong fields. */
export async function readJson<S extends z.ZodType>(c: Ctx, schema: S): Promise<z.output<S>> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header("content-type") ?? "")) {
    throw new Problem(415, "request.content_type");
  }
  let body: unknown;
  try {
    body = JSON.parse(await c.req.text());
  } catch (error) {
    if (error instanceof SyntaxError) throw new Problem(400, "request.not_json");
    throw error;
  }
  return parse(schema, body);
}

/**
 * Reads a form of plain fields; the last one of a name counts. Throws 415 for another type, 400 for a
 * form that is torn or in a charset that is not UTF-8.
 */
export async function readForm(c: Ctx): Promise<Record<string, string>> {
  const type = c.req.header("content-type") ?? "";
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i.test(type)) {
    throw new Problem(415, "request.content_type");
  }
  const charset = /;\s*charset\s*=\s*"?([^";]+)/i.exec(type)?.[1]?.trim() ?? "utf-8";
  if (!/^utf-?8$/i.test(charset)) throw notForm();
  let body: Awaited<ReturnType<typeof c.req.parseBody>>;
  try {
    body = await c.req.parseBody();
  } catch (error) {
    if (error instanceof TypeError) throw notForm();
    throw error;
  }
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === "string") fields[name] = value;
  }
  return fields;
}

const notForm = () => new Problem(400, "request.not_form");

/** Whether the request carries OPERATOR_TOKEN. */
export function isOperator(c: Ctx): boolean {
  const given = utf8(c.req.header("authorization") ?? "");
  return sameBytes(given, utf8(`Bearer ${c.var.deps.settings.OPERATOR_TOKEN}`));
}

/** The network address that Cloudflare names, or null. For the counter of a minute (src/proof) and for nothing else. */
export const addressOf = (c: Ctx): string | null => c.req.header("cf-connecting-ip") ?? null;

/** Refuses a press that began on somebody else's page (`request.cross_site`, 403). */
export function refuseCrossSite(c: Ctx): void {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new Problem(403, "request.cross_site");
  }
}

/** The locale that a browser asks for, among those that there are: `de-AT` is answered in `de`. */
export const preferredLocale = (c: Ctx): string =>
  accepts(c, {
    header: "Accept-Language",
    supports: [...LOCALES],
    default: DEFAULT_LOCALE,
    match: (wanted, { supports, default: other }) =>
      wanted
        .filter(({ q }) => q > 0)
        .toSorted((a, b) => b.q - a.q)
        .map(({ type }) => type.split("-")[0]!.toLowerCase())
        .find((language) => supports.includes(language)) ?? other,
  });
