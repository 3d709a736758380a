import type { QueryClient } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";
import { ApiError } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";

import { apiOf } from "./collections";
import { OperationFailed } from "./operationFailed";
import type { Task } from "./tasks";

export type Operation = components["schemas"]["BulkRequest"]["operations"][number];

/** How many operations a call may have. */
export const MOST_AT_ONCE = 500;

/**
 * Carry out all operations; each call carries out all of its operations or none.
 *
 * Throws {@link OperationFailed} if the error names the operation that failed.
 */
export async function changeTasks(
  client: QueryClient,
  operations: Operation[],
  idempotencyKey: string,
): Promise<(Task | null)[]> {
  const results: (Task | null)[] = [];
  for (let start = 0; start < operations.length; start += MOST_AT_ONCE) {
    const batch = operations.slice(start, start + MOST_AT_ONCE);
    const call = apiOf(client).POST("/api/v1/tasks/bulk", {
      params: { header: { "Idempotency-Key": `${idempotencyKey}-${start}` } },
      body: { operations: batch },
    });
    try {
      results.push(...(await unwrap(call)).items);
    } catch (error) {
      throw failureOf(error, batch, start);
    }
  }
  return results;
}

/** The error as {@link OperationFailed}, if it names an operation. */
export function failureOf(error: unknown, operations: Operation[], done: number): unknown {
  if (!(error instanceof ApiError)) return error;
  for (const detail of error.details) {
    const index = /^body\.operations\.(\d+)\b/.exec(detail.field)?.[1];
    const operation = index === undefined ? undefined : operations[Number(index)];
    if (operation && "id" in operation)
      return new OperationFailed(operation.id, done, detail, error);
  }
  return error;
}
