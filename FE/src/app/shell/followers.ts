import type { QueryClient } from "@tanstack/react-query";

import { followFlags } from "@/features/flags/followFlags";
import { followJobs } from "@/features/jobs/followJobs";
import { followTasks } from "@/features/tasks/live/followTasks";
import { followTeams } from "@/features/teams/followTeams";
import type { Message } from "@/lib/live/stream";

type Follow = (queryClient: QueryClient) => (message: Message) => void;

/** Update the caches from the live feed: one for each feature with changes in it. */
export const FOLLOWERS: Follow[] = [followTasks, followTeams, followFlags, followJobs];
