import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, ifMatch, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { flagKeys } from "@/lib/useFlag";

export type Flag = components["schemas"]["FlagResponse"];
export type FlagValue = components["schemas"]["FlagValue"];
export type Setting = components["schemas"]["ChangeFlagRequest"];
export type Rule = Setting["rules"][number];

/** All flags, with the rules that are set. */
export const settingsQuery = queryOptions({
  queryKey: flagKeys.settings,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/flags/settings", { signal })),
});

interface Change {
  flag: Pick<Flag, "name" | "version">;
  setting: Setting;
}

/** Change this version of a flag; `PRECONDITION_FAILED` if there is a newer one. */
export function useChangeFlag() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ flag: { name, version }, setting }: Change) =>
      unwrap(
        api.PUT("/api/v1/flags/settings/{name}", {
          params: { path: { name }, header: ifMatch(version) },
          body: setting,
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: flagKeys.all, refetchType: "all" }),
    meta: { handlesErrors: true },
  });
}

/** Back to the default; a flag that no code declares is forgotten. */
export function useResetFlag() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, version }: Change["flag"]) =>
      unwrap(
        api.DELETE("/api/v1/flags/settings/{name}", {
          params: { path: { name }, header: ifMatch(version) },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: flagKeys.all, refetchType: "all" }),
    meta: { handlesErrors: true },
  });
}
