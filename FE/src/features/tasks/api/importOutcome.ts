import { isActive, type Job, useJob } from "@/lib/jobs";

import type { ImportAnswer, ImportJob, ImportResult } from "./importTasks";

/** The state of an import: a job that runs, a result, an error, or none of these if cancelled. */
export interface ImportOutcome {
  job?: ImportJob | Job;
  result?: ImportResult;
  error?: Error;
}

/** The outcome of an import; if the server queued a job for it, follows the job. */
export function useImportOutcome(answer: ImportAnswer | undefined): ImportOutcome {
  const queued = answer && isJob(answer) ? answer : null;
  const job = useJob(queued?.id);
  if (queued) return outcomeOf(job ?? queued);
  return answer && !isJob(answer) ? { result: answer } : {};
}

export function outcomeOf(job: ImportJob | Job): ImportOutcome {
  if (isActive(job)) return { job };
  if (job.state === "failed") return { error: new Error(job.error ?? "It could not be done") };
  if (job.state === "cancelled") return {};
  return { result: { rows: 0, imported: 0, ids: [], preview: [], ...job.result } };
}

function isJob(answer: ImportAnswer): answer is ImportJob {
  return "state" in answer;
}
