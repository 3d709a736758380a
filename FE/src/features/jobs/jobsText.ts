import type { Job } from "@/lib/jobs";

/** What jobs do, by their kind; one that a later release adds is shown by its kind. */
const NAMES: Record<string, string> = {
  export: "A file of your data",
  import: "Import of tasks",
};

export function nameOf({ kind }: Pick<Job, "kind">): string {
  return NAMES[kind] ?? kind;
}

/** The outcome of a job that has ended. */
export function outcomeText({ state, error, result }: Job): string {
  if (state === "failed") return error ?? "It could not be done.";
  if (state === "cancelled") return "It was stopped: nothing was done.";
  const { rows, imported } = (result ?? {}) as { rows?: number; imported?: number };
  if (rows === undefined) return "Done";
  return imported ? `Done: ${imported} imported` : `Checked: ${rows} found, nothing imported`;
}
