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
 * Carry out all operations or, of those that one call carries out, none.
 *
 * Raises {@link OperationFailed} if it is known which one cannot be.
 */
export async function changeTasks(
  client: QueryClient,
  operations: Operation[],
  idempotencyKey: string,
): Promise<(Task | null)[]> {
  const results: (Task | null)[] = [];
  for (let start = 0; start < operations.length; start += MOST_AT_ONCE) {
    const some = operations.slice(start, start + MOST_AT_ONCE);
    const call = apiOf(client).POST("/api/v1/tasks/bulk", {
      params: { header: { "Idempotency-Key": `${idempotencyKey}-${start}` } },
      body: { operations: some },
    });
    try {
      results.push(...(await unwrap(call)).items);
    } catch (error) {
      throw failureOf(error, some, start);
    }
  }
  return results;
}

/** The error, with the operation that it names. */
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
