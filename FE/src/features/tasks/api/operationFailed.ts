import type { ApiError, Detail } from "@/lib/api/errors";
import { report, reportError } from "@/lib/reports";

import type { Task } from "./tasks";

/** One of several operations failed, and with it all of the same call. */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";

  constructor(
    readonly taskId: string,
    /** How many operations earlier calls carried out. */
    readonly done: number,
    detail: Detail,
    cause: ApiError,
  ) {
    super(sentenceOf(detail), { cause });
  }
}

export function reportFailure(error: Error, tasks: Task[], verb: "changed" | "deleted"): void {
  if (!(error instanceof OperationFailed)) {
    reportError(error);
    return;
  }
  const title = tasks.find(({ id }) => id === error.taskId)?.title ?? "";
  report({
    color: "red",
    title: error.done === 0 ? `Nothing was ${verb}` : `Only ${error.done} tasks were ${verb}`,
    message: `“${title}”: ${error.message}`,
    autoClose: false,
  });
}

function sentenceOf({ type, message }: Detail): string {
  if (type === "precondition_failed") return "Somebody else has changed it since you saw it.";
  if (type === "not_found") return "It was deleted meanwhile.";
  return message;
}
