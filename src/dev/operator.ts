import { PORT, readVars } from "./local.ts";

/** Where the operator's routes are, and what opens them. */
function target(remote: boolean): { origin: string; token: string } {
  if (!remote) {
    const { OPERATOR_TOKEN: token } = readVars();
    return { origin: `http://localhost:${PORT}`, token: token ?? "" };
  }
  const { PUBLIC_ORIGIN: origin, OPERATOR_TOKEN: token } = process.env;
  if (!origin || !token)
    throw new Error("Set PUBLIC_ORIGIN and OPERATOR_TOKEN in the environment.");
  return { origin, token };
}

/**
 * Calls one of the operator's routes: the deployed Worker's, or that of `npm start`. Throws an Error
 * with the Worker's own sentence where it refuses, and where nobody answers.
 */
export async function callOperator<T>(
  remote: boolean,
  path: string,
  body?: unknown,
  method: "GET" | "POST" = "POST",
): Promise<T> {
  const { origin, token } = target(remote);
  const answer = await fetch(`${origin}/organize/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => null);
  if (!answer) throw new Error(remote ? `${origin} does not answer.` : "Run npm start first.");
  const text = await answer.text();
  if (answer.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
  throw new Error(`${answer.status}: ${titleOf(text)}`);
}

function titleOf(text: string): string {
  try {
    const { title, code } = JSON.parse(text) as { title?: string; code?: string };
    return `${title ?? ""} (${code ?? "no code"})`;
  } catch {
    return text.slice(0, 200);
  }
}
