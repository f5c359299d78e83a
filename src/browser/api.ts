/** Calls of organizers' pages to their own API. */

/** An answer that is no success; `message` is the API's own sentence. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function call<T>(path: string, body?: unknown): Promise<T> {
  const init =
    body === undefined
      ? {}
      : {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        };
  const answer = await fetch(`/organize/api/${path}`, init);
  if (answer.status === 204) return undefined as T;
  const json = (await answer.json()) as T & { title?: string };
  if (!answer.ok) throw new ApiError(answer.status, json.title ?? String(answer.status));
  return json;
}
