import { useMutation } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";
import { fileNameOf, saveFile } from "@/lib/download";

import { apiOf } from "./collections";

export type ExportFormat = "csv" | "json";

/** Save every task as a file. */
export function useExportTasks() {
  return useMutation({
    mutationFn: async (format: ExportFormat, { client }) => {
      const call = apiOf(client).GET("/api/v1/tasks/export", {
        params: { query: { format } },
        parseAs: "blob",
      });
      const content = await unwrap(call);
      saveFile(content, fileNameOf((await call).response, `tasks.${format}`));
    },
  });
}
