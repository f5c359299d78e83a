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
  readonly code: string;
  readonly values: Record<string, string>;
  readonly errors: FieldError[];
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    more: {
      values?: Record<string, string>;
      errors?: FieldError[];
      headers?: Record<string, string>;
    } = {},
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
