import type { components, operations } from "./schema";

export type Operation = keyof operations;

type Answers<Name extends Operation> = operations[Name]["responses"];

type CodeOf<Answer> = Answer extends { content: { "application/json": infer Body } }
  ? Body extends { code: infer Code extends string }
    ? Code
    : never
  : never;

/** The codes of the errors that an operation declares. */
export type ErrorCode<Name extends Operation = Operation> = Name extends Operation
  ? { [Status in keyof Answers<Name>]: CodeOf<Answers<Name>[Status]> }[keyof Answers<Name>]
  : never;

export type Detail = components["schemas"]["DetailResponse"];

interface ErrorBody {
  error: string;
  code: string;
  details: Detail[];
  request_id: string;
  challenge?: string | null;
}

/** The server answered with an error. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly details: Detail[] = [],
    readonly requestId: string | null = null,
    /** Seconds to wait, as the server requests. */
    readonly retryAfter: number | null = null,
    /** Sent back by the second step of a sign-in. */
    readonly challenge: string | null = null,
  ) {
    super(message);
  }

  static of(response: Response, body: unknown): ApiError {
    const retryAfter = retryAfterOf(response);
    if (!isErrorBody(body)) {
      const message = `The server answered ${response.status}.`;
      return new ApiError(message, "UNKNOWN", response.status, [], null, retryAfter);
    }
    const { error, code, details, request_id, challenge = null } = body;
    return new ApiError(error, code, response.status, details, request_id, retryAfter, challenge);
  }
}

/** No response came: the network or the server is unreachable. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";

  constructor(cause: unknown) {
    super("The server cannot be reached.", { cause });
  }
}

/** The user who sent the request has left: it is not repeated with the next user's token. */
export class FormerUserError extends Error {
  override readonly name = "FormerUserError";

  constructor() {
    super("Somebody else is signed in now.");
  }
}

/** Whether an operation (`hasCode<"change_task">`) failed with a code that it declares. */
export function hasCode<Name extends Operation>(
  error: unknown,
  code: ErrorCode<Name>,
): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

/** The messages of an error by form field: `body.email` becomes `email`. */
export function fieldMessages(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    error.details.map(({ field, message }) => [field.replace(/^(body|query|path)\./, ""), message]),
  );
}

/** A message for the user. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}

/** The message of the one field that was refused, or else of the whole error. */
export function reasonOf(error: unknown): string {
  const [reason, ...others] = Object.values(fieldMessages(error));
  return reason !== undefined && others.length === 0 ? reason : messageOf(error);
}

/** The code of an error; the response's own body stays unread. */
export async function codeOf(response: Response): Promise<string | null> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return isErrorBody(body) ? body.code : null;
}

/** Seconds to wait, as the server or a proxy requests by a number or a date. */
export function retryAfterOf(response: Response): number | null {
  const value = response.headers.get("Retry-After");
  if (!value) return null;
  const seconds = Number(value);
  const wait = Number.isNaN(seconds) ? (Date.parse(value) - Date.now()) / 1000 : seconds;
  return wait > 0 ? wait : null;
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === "object" && body !== null && "code" in body && "error" in body;
}
