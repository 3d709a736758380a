import createClient from "openapi-fetch";

import { BASE_URL } from "./base";
import { ConnectionMonitor } from "./connection";
import { ApiError, codeOf, ConnectionError, FormerUserError } from "./errors";
import { isNetworkError, isRepeatable, withRetries } from "./retry";
import type { paths } from "./schema";
import { Session } from "./session";
import { StepUp } from "./stepUp";

export const connection = new ConnectionMonitor();
export const session = new Session(connection);
export const stepUp = new StepUp(session);

/** The API, typed by its OpenAPI document. Signs requests, renews the token, steps up. */
export const api = createClient<paths>({
  baseUrl: BASE_URL,
  credentials: "include",
  fetch: send,
});

/**
 * The data of a response. Throws {@link ApiError} and {@link ConnectionError}.
 * It never settles once the user who sent the request has left: the next user must not see it.
 */
export async function unwrap<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await session.whileHere(call);
  if (!response.ok) throw ApiError.of(response, error);
  return data as Data;
}

/** The `If-Match` header for a version. */
export function ifMatch(version: number): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}

/** A key with which the server handles a repeated request only once. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function send(request: Request): Promise<Response> {
  const { visit } = session;
  const attempt = () => repeat(request, () => signAndSend(request, visit));
  const response = await attempt();
  return (await stepUp.allowsRetry(response)) ? attempt() : response;
}

/** For callers that retry themselves: signed, with a new token if the first one is refused. */
export async function sendOnce(request: Request): Promise<Response> {
  const { visit } = session;
  await session.settled();
  return signAndSend(request, visit);
}

/** The `fetch` of sign-in and sign-up, which need no token. */
export function sendUnsigned(request: Request): Promise<Response> {
  return repeat(request, () => fetch(request.clone()));
}

async function repeat(request: Request, attempt: () => Promise<Response>): Promise<Response> {
  try {
    return isRepeatable(request)
      ? await withRetries(attempt, connection, request.signal)
      : await attempt();
  } catch (error) {
    throw isNetworkError(error) ? new ConnectionError(error) : error;
  }
}

async function signAndSend(request: Request, visit: number): Promise<Response> {
  const token = await session.token();
  if (session.visit !== visit) throw new FormerUserError();
  const response = await fetch(sign(request, token));
  if (token === null || !(await isRefused(response))) return response;
  // only a refresh shows whether the token is old or its session has ended
  await session.renew(token);
  const renewed = await session.token();
  if (renewed === null || session.visit !== visit) return response;
  return fetch(sign(request, renewed));
}

function sign(request: Request, token: string | null): Request {
  const signed = request.clone();
  if (token !== null) signed.headers.set("Authorization", `Bearer ${token}`);
  return signed;
}

async function isRefused(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  return ["TOKEN_EXPIRED", "UNAUTHORIZED"].includes((await codeOf(response)) ?? "");
}
