import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

import { apiOf } from "./collections";
import { taskKeys } from "./tasks";

export type ImportResult = components["schemas"]["ImportResponse"];

export interface Import {
  file: File;
  idempotencyKey: string;
}

/** What an import of a file would make, or what is wrong with it. Makes nothing. */
export function useCheckImport() {
  return useMutation({
    mutationFn: ({ file }: Import, { client }) => send(client, file, { dry_run: true }),
    meta: { handlesErrors: true },
  });
}

export function useImportTasks() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ file, idempotencyKey }: Import) =>
      send(queryClient, file, { dry_run: false }, { "Idempotency-Key": idempotencyKey }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: taskKeys.all }),
    meta: { handlesErrors: true },
  });
}

function send(
  client: QueryClient,
  file: File,
  query: { dry_run: boolean },
  header: { "Idempotency-Key"?: string } = {},
) {
  return unwrap(
    apiOf(client).POST("/api/v1/tasks/import", {
      params: { query, header },
      headers: { "Content-Type": isJson(file) ? "application/json" : "text/csv" },
      // the server reads files itself: their encoding and separators are its matter
      body: "",
      bodySerializer: () => file,
    }),
  );
}

/** Browsers know the type of a file from its name, and systems name CSV in several ways. */
function isJson({ name, type }: Pick<File, "name" | "type">): boolean {
  return type === "application/json" || name.toLowerCase().endsWith(".json");
}
