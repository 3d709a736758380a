import type { ComponentType } from "react";

import { TaskConflicts } from "@/features/tasks/components/TaskConflicts";

/** What features draw beside whatever page is open. */
export const COMPANIONS: ComponentType[] = [TaskConflicts];
