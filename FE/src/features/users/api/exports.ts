import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { isActive, JOBS_POLL, jobsKey } from "@/lib/jobs";
import type { components } from "@/lib/api/schema";
import { fileNameOf, saveFile } from "@/lib/download";

export type Export = components["schemas"]["JobResponse"];

const exportsKey = [...jobsKey, "exports"] as const;

/** The exports of the last day, the newest first; polled while one is being made. */
export const exportsQuery = queryOptions({
  queryKey: exportsKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/users/me/exports", { signal })),
  refetchInterval: ({ state }) => (state.data?.items.some(isActive) ? JOBS_POLL : false),
});

export function useRequestExport() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/users/me/export")),
    onSettled: () => queryClient.invalidateQueries({ queryKey: exportsKey }),
  });
}

export function useDownloadExport() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (export_id: string) => {
      const call = api.GET("/api/v1/users/me/exports/{export_id}", {
        params: { path: { export_id } },
        parseAs: "blob",
      });
      const content = await unwrap(call);
      saveFile(content, fileNameOf((await call).response, "my-data.zip"));
    },
    // the export may have expired
    onError: () => queryClient.invalidateQueries({ queryKey: exportsKey }),
  });
}
