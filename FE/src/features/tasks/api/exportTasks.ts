import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import { fileNameOf, saveFile } from "@/lib/download";

export type ExportFormat = "csv" | "json";

/** Save every task as a file. */
export function useExportTasks() {
  return useMutation({
    mutationFn: async (format: ExportFormat) => {
      const answer = api.GET("/api/v1/tasks/export", {
        params: { query: { format } },
        parseAs: "blob",
      });
      const content = await unwrap(answer);
      saveFile(content, fileNameOf((await answer).response, `tasks.${format}`));
    },
  });
}
