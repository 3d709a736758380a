import { type QueryClient, useMutation } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

import { apiOf } from "./collections";

export type ImportResult = components["schemas"]["ImportResponse"];
/** A large import, which runs as a job after the response. */
export type ImportJob = components["schemas"]["ImportJobResponse"];
export type ImportAnswer = ImportResult | ImportJob;

export interface Import {
  file: File;
  idempotencyKey: string;
}

/** What an import of a file would create, or what is wrong with it. Creates nothing. */
export function useCheckImport() {
  return useMutation({
    mutationFn: ({ file }: Import, { client }) => send(client, file, { dry_run: true }),
    meta: { handlesErrors: true },
  });
}

/** Create the tasks of a file, or a job that does: refetch lists when it is done. */
export function useImportTasks() {
  return useMutation({
    mutationFn: ({ file, idempotencyKey }: Import, { client }) =>
      send(client, file, { dry_run: false }, { "Idempotency-Key": idempotencyKey }),
    meta: { handlesErrors: true },
  });
}

function send(
  client: QueryClient,
  file: File,
  query: { dry_run: boolean },
  header: { "Idempotency-Key"?: string } = {},
): Promise<ImportAnswer> {
  return unwrap(
    apiOf(client).POST("/api/v1/tasks/import", {
      params: { query, header },
      headers: { "Content-Type": isJson(file) ? "application/json" : "text/csv" },
      // the server parses files itself, with their encoding and separators
      body: "",
      bodySerializer: () => file,
    }),
  );
}

/** Browsers derive the type of a file from its name, and systems name CSV in several ways. */
function isJson({ name, type }: Pick<File, "name" | "type">): boolean {
  return type === "application/json" || name.toLowerCase().endsWith(".json");
}
