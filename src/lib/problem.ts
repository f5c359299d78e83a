/** How requests and links fail, whatever they are for. Every feature adds its own (problems.ts). */
export const REQUEST_PROBLEMS = {
  "request.not_json": { status: 400, where: "site" },
  "request.not_form": { status: 400, where: "site" },
  "request.cross_site": { status: 403, where: "site" },
  "request.not_found": { status: 404, where: "site" },
  "request.method": { status: 405, where: "site" },
  "request.too_large": { status: 413, where: "site" },
  "request.content_type": { status: 415, where: "site" },
  "request.wrong_host": { status: 421, where: "site" },
  "request.invalid": { status: 422, where: "site" },
  "server.failed": { status: 500, where: "site" },
  "token.broken": { status: 400, where: "site" },
  "token.expired": { status: 410, where: "site" },
} as const;

type Own = typeof REQUEST_PROBLEMS;
/** Every failure by its code: the status, and whether the public can meet it or the room alone. */
export interface ProblemCatalogue extends Own {}
export type ProblemCode = keyof ProblemCatalogue;

interface More {
  values?: Record<string, string>;
  errors?: FieldError[];
  headers?: Record<string, string>;
}

/** One wrong field of a request; `message` is a key of templates/ui and is worded when it is shown. */
export interface FieldError {
  path: string;
  message: string;
}

/**
 * A failure that a person may see. `code` is stable and dotted (feature.what); its sentence is
 * `problem.<code>` in templates/ui. Anything else that is thrown becomes `server.failed`.
 */
export class Problem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly values: Record<string, string>;
  readonly errors: FieldError[];
  readonly headers: Record<string, string>;

  constructor(
    ...[status, code, more = {}]: {
      [C in ProblemCode]: [status: ProblemCatalogue[C]["status"], code: C, more?: More];
    }[ProblemCode]
  ) {
    super(code);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.values = more.values ?? {};
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

export const notFound = () => new Problem(404, "request.not_found");
export const invalid = (errors: FieldError[]) => new Problem(422, "request.invalid", { errors });
