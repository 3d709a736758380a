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

/** The API, typed by its OpenAPI document. Signs requests, renews the token, asks for a proof. */
export const api = createClient<paths>({
  baseUrl: BASE_URL,
  credentials: "include",
  fetch: send,
});

/**
 * The data of an answer. Raises {@link ApiError} and {@link ConnectionError}.
 * It does not settle once the person who asked has left: the next one sees nothing of it.
 */
export async function unwrap<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await session.whileHere(call);
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
  const { visit } = session;
  const attempt = () => repeat(request, () => signAndSend(request, visit));
  const response = await attempt();
  return (await stepUp.isMended(response)) ? attempt() : response;
}

/** For what repeats by itself: signed, with a new token if the first one is refused. */
export async function sendOnce(request: Request): Promise<Response> {
  const { visit } = session;
  await session.settled();
  return signAndSend(request, visit);
}

/** For signing in and up, which need no token: `fetch` of a call. */
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
  // the server knows whether the token is old or its session has ended
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
