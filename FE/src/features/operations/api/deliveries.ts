import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { hasCode } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";

export type Delivery = components["schemas"]["DeliveryResponse"];
export type DeliveryWithEvent = components["schemas"]["DeliveryWithEventResponse"];

const KEY = ["deliveries"] as const;
const DEAD = [...KEY, "dead"] as const;
const PAGE = 50;

/** The deliveries that have used up their attempts, page by page. */
export function deadDeliveriesQuery() {
  return infiniteQueryOptions({
    queryKey: DEAD,
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/events/dead", {
          params: { query: { limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function deliveryQuery(id: number) {
  return queryOptions({
    queryKey: [...KEY, id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/events/{delivery_id}", { params: { path: { delivery_id: id } }, signal }),
      ),
  });
}

/** Retry deliveries, one after the other. */
export function useRetryDeliveries() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (deliveries: Pick<Delivery, "id">[]) => {
      for (const { id } of deliveries) await retry(id);
    },
    // also after an error: some may have been retried
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}

async function retry(id: number): Promise<void> {
  try {
    const path = { delivery_id: id };
    await unwrap(api.POST("/api/v1/events/{delivery_id}/retry", { params: { path } }));
  } catch (error) {
    // another administrator retried it first
    if (!hasCode<"retry_delivery">(error, "CONFLICT")) throw error;
  }
}
