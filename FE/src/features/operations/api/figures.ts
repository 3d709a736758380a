import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { ConnectionError } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";

export type Health = components["schemas"]["FullHealthResponse"];
type Pool = components["schemas"]["PoolResponse"];
type Requests = components["schemas"]["RequestsResponse"];

/** The figures of the service at one moment. */
export interface Sample {
  at: number;
  health: Health;
  /** Both are missing while the service is unhealthy: it cannot authenticate the request. */
  pool: Pool | null;
  requests: Requests | null;
}

const PAUSE = 4_000;
/** Four minutes. */
const KEPT = 60;
const KEY = ["operations", "figures"] as const;

/** The last samples, and a new one every few seconds while the page is visible. */
export function figuresQuery() {
  return queryOptions<Sample[]>({
    queryKey: KEY,
    queryFn: async ({ client, signal }) => {
      const sample = await takeSample(signal);
      return [...(client.getQueryData<Sample[]>(KEY) ?? []), sample].slice(-KEPT);
    },
    refetchInterval: PAUSE,
    staleTime: 0,
  });
}

async function takeSample(signal: AbortSignal): Promise<Sample> {
  const health = await readHealth(signal);
  const at = Date.now();
  if (health.status === "unhealthy") return { at, health, pool: null, requests: null };
  const [pool, requests] = await Promise.all([
    unwrap(api.GET("/api/v1/metrics/database", { signal })),
    unwrap(api.GET("/api/v1/metrics/requests", { signal })),
  ]);
  return { at, health, pool, requests };
}

/** An unhealthy service answers 503, which is a result here and not retried. */
async function readHealth(signal: AbortSignal): Promise<Health> {
  const call = api.GET("/health", { signal, fetch: (request) => fetch(request) });
  const { data, error, response } = await call.catch((error: unknown) => {
    throw error instanceof TypeError ? new ConnectionError(error) : error;
  });
  if (data !== undefined) return data;
  if (isHealth(error)) return error;
  return unwrap(Promise.resolve({ error, response }));
}

function isHealth(body: unknown): body is Health {
  return typeof body === "object" && body !== null && "checks" in body;
}
