import type { ComponentType } from "react";

import { TaskConflicts } from "@/features/tasks/components/TaskConflicts";

/** Components that features render beside the open page. */
export const COMPANIONS: ComponentType[] = [TaskConflicts];
