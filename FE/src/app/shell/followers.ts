import type { QueryClient } from "@tanstack/react-query";

import { followFlags } from "@/features/flags/followFlags";
import { followJobs } from "@/features/jobs/followJobs";
import { followTasks } from "@/features/tasks/live/followTasks";
import { followTeams } from "@/features/teams/followTeams";
import type { Message } from "@/lib/live/stream";

type Follow = (queryClient: QueryClient) => (message: Message) => void;

/** What brings the caches up to date with the live feed: one for each feature that it tells of. */
export const FOLLOWERS: Follow[] = [followTasks, followTeams, followFlags, followJobs];
