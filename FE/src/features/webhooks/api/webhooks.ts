import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, ifMatch, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type Webhook = components["schemas"]["WebhookResponse"];
export type Attempt = components["schemas"]["AttemptResponse"];

const webhooksKey = ["webhooks"] as const;

/** The user's webhooks, and the events to choose from. Polled: the live feed reports no failures. */
export const webhooksQuery = queryOptions({
  queryKey: [...webhooksKey, "list"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/webhooks", { signal })),
  refetchInterval: 5000,
});

function useWebhookMutation<Variables, Result>(
  mutationFn: (variables: Variables) => Promise<Result>,
  options: { gcTime?: number; meta?: { handlesErrors: true } } = {},
) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    ...options,
    onSettled: () => queryClient.invalidateQueries({ queryKey: webhooksQuery.queryKey }),
  });
}

/** The response holds the secret, which must not be stored: `gcTime` drops it at once. */
export const useCreateWebhook = () =>
  useWebhookMutation(
    (body: components["schemas"]["CreateWebhookRequest"]) =>
      unwrap(api.POST("/api/v1/webhooks", { body })),
    { gcTime: 0, meta: { handlesErrors: true } },
  );

/** As above. */
export const useRotateSecret = () =>
  useWebhookMutation(
    (webhook_id: string) =>
      unwrap(
        api.POST("/api/v1/webhooks/{webhook_id}/secret", { params: { path: { webhook_id } } }),
      ),
    { gcTime: 0 },
  );

/** Change this version of a webhook; `PRECONDITION_FAILED` if there is a newer one. */
const change = ({
  id,
  version,
  changes,
}: Pick<Webhook, "id" | "version"> & {
  changes: components["schemas"]["ChangeWebhookRequest"];
}) =>
  unwrap(
    api.PATCH("/api/v1/webhooks/{webhook_id}", {
      params: { path: { webhook_id: id }, header: ifMatch(version) },
      body: changes,
    }),
  );

/** The caller shows its errors. */
export const useChangeWebhook = () => useWebhookMutation(change, { meta: { handlesErrors: true } });

/** Its errors are reported. */
export const useSwitchWebhook = () => useWebhookMutation(change);

/** Removes it from the page at once, so that its attempts are no longer polled. */
export function useDeleteWebhook() {
  const queryClient = useQueryClient();
  return useWebhookMutation(async (webhook_id: string) => {
    await unwrap(api.DELETE("/api/v1/webhooks/{webhook_id}", { params: { path: { webhook_id } } }));
    queryClient.setQueryData(
      webhooksQuery.queryKey,
      (former) =>
        former && { ...former, items: former.items.filter(({ id }) => id !== webhook_id) },
    );
  });
}

export const useTestWebhook = () =>
  useWebhookMutation((webhook_id: string) =>
    unwrap(api.POST("/api/v1/webhooks/{webhook_id}/test", { params: { path: { webhook_id } } })),
  );

export const useResend = () =>
  useWebhookMutation(({ webhook_id, attempt_id }: { webhook_id: string; attempt_id: string }) =>
    unwrap(
      api.POST("/api/v1/webhooks/{webhook_id}/attempts/{attempt_id}/resend", {
        params: { path: { webhook_id, attempt_id } },
      }),
    ),
  );

/** The newest attempts, polled while they are shown: the live feed does not report them. */
export const attemptsQuery = (webhook_id: string) =>
  queryOptions({
    queryKey: [...webhooksKey, "attempts", webhook_id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/webhooks/{webhook_id}/attempts", {
          params: { path: { webhook_id }, query: { limit: 20 } },
          signal,
        }),
      ),
    refetchInterval: 3000,
  });
