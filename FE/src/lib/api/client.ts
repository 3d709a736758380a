import createClient from "openapi-fetch";

import { BASE_URL } from "./base";
import { ConnectionMonitor } from "./connection";
import { ApiError, ConnectionError } from "./errors";
import { isNetworkError, isRepeatable, withRetries } from "./retry";
import type { paths } from "./schema";
import { Session } from "./session";

export const connection = new ConnectionMonitor();
export const session = new Session(connection);

/** The API, typed by its OpenAPI document. Signs requests, renews the token, repeats. */
export const api = createClient<paths>({
  baseUrl: BASE_URL,
  credentials: "include",
  fetch: send,
});

/** The data of an answer. Raises {@link ApiError} and {@link ConnectionError}. */
export async function unwrap<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) throw ApiError.of(response, error);
  return data as Data;
}

/** `If-Match` for the version at hand. */
export function ifMatch(version: number): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}

/** A key under which the server does a thing once, however often it is asked. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function send(request: Request): Promise<Response> {
  try {
    return isRepeatable(request)
      ? await withRetries(() => signAndSend(request), connection, request.signal)
      : await signAndSend(request);
  } catch (error) {
    throw isNetworkError(error) ? new ConnectionError(error) : error;
  }
}

async function signAndSend(request: Request): Promise<Response> {
  const token = await session.token();
  const response = await fetch(sign(request, token));
  if (token === null || response.status !== 401) return response;
  const code = await codeOf(response);
  if (code === "TOKEN_EXPIRED") {
    await session.renew(token);
    return fetch(sign(request, await session.token()));
  }
  if (code === "UNAUTHORIZED") session.refuse(token);
  return response;
}

function sign(request: Request, token: string | null): Request {
  const signed = request.clone();
  if (token !== null) signed.headers.set("Authorization", `Bearer ${token}`);
  return signed;
}

async function codeOf(response: Response): Promise<unknown> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return typeof body === "object" && body !== null && "code" in body ? body.code : null;
}
