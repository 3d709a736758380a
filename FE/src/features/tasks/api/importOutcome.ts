import { isActive, type Job, useJob } from "@/lib/jobs";

import type { ImportAnswer, ImportJob, ImportResult } from "./importTasks";

/** Where an import stands: it goes on as a job, is done, has failed, or was cancelled (nothing of these). */
export interface ImportOutcome {
  job?: ImportJob | Job;
  result?: ImportResult;
  error?: Error;
}

/** What became of an import, also where the answer is a job: then it changes as the job does. */
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
