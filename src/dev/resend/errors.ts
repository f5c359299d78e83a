import type { Context } from "hono";

/** Resend's error names that its SDK knows, with the status that each comes with. */
export const STATUS_OF: Record<string, number> = {
  invalid_idempotency_key: 400,
  validation_error: 400,
  missing_api_key: 401,
  restricted_api_key: 401,
  invalid_api_key: 403,
  not_found: 404,
  method_not_allowed: 405,
  invalid_idempotent_request: 409,
  concurrent_idempotent_requests: 409,
  invalid_attachment: 422,
  invalid_from_address: 422,
  invalid_access: 422,
  invalid_parameter: 422,
  invalid_region: 422,
  missing_required_field: 422,
  monthly_quota_exceeded: 429,
  daily_quota_exceeded: 429,
  rate_limit_exceeded: 429,
  security_error: 451,
  application_error: 500,
  internal_server_error: 500,
};

/** Names that the documentation has and the SDK does not know yet. */
const STATUS_OF_NEWER: Record<string, number> = {
  invalid_permission: 403,
  suspended_api_key: 403,
  resource_locked: 409,
  missing_required_parameter: 422,
  service_unavailable: 503,
};

const MESSAGE_OF: Record<string, string> = {
  invalid_idempotency_key: "Idempotency keys, if present, must have between 1 and 256 characters.",
  missing_api_key: "Missing API key in the authorization header.",
  restricted_api_key: "This API key is restricted to only send emails.",
  invalid_api_key: "API key is invalid.",
  invalid_permission: "Access token is missing required scopes.",
  suspended_api_key: "This API key is suspended",
  not_found: "The requested endpoint does not exist.",
  method_not_allowed: "Method is not allowed for the requested path.",
  concurrent_idempotent_requests:
    "There is another request in progress with the same idempotency key.",
  invalid_idempotent_request:
    "This idempotency key has been used with this HTTP method and endpoint within the last 24 hours, but the request body was modified and doesn't match the original request.",
  resource_locked: "Another request is already updating this resource.",
  daily_quota_exceeded: "You have exceeded your daily email sending quota.",
  monthly_quota_exceeded: "You have exceeded your monthly email sending quota.",
  rate_limit_exceeded:
    "Too many requests. Please limit the number of requests per second. Or contact support to increase rate limit.",
  application_error: "An unexpected error occurred.",
  internal_server_error: "An unexpected error occurred.",
  service_unavailable: "API is temporarily unavailable",
};

/** An error as Resend's API answers it: its documented status and message, unless others are given. */
export function fail(
  c: Context,
  name: string,
  message = MESSAGE_OF[name] ?? "asked for",
  status = STATUS_OF[name] ?? STATUS_OF_NEWER[name] ?? 500,
): Response {
  return c.json({ statusCode: status, name, message }, status as 400);
}
