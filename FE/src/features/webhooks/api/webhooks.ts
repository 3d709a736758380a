import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, ifMatch, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type Webhook = components["schemas"]["WebhookResponse"];
export type Attempt = components["schemas"]["AttemptResponse"];

const webhooksKey = ["webhooks"] as const;

/** Those of the caller, and the events that they can hear. The live feed does not say which fail. */
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

/** Its answer holds the secret, which is kept nowhere: `gcTime` lets the cache forget it at once. */
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

/** Change the version at hand; `PRECONDITION_FAILED` if there is a newer one. */
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

/** Its caller shows what went wrong. */
export const useChangeWebhook = () => useWebhookMutation(change, { meta: { handlesErrors: true } });

/** What goes wrong is reported. */
export const useSwitchWebhook = () => useWebhookMutation(change);

/** It goes from the page at once, so that nobody asks for its attempts any more. */
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

/** The newest ones, asked for again while they are looked at: the live feed does not tell of them. */
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
