import type { ComponentType } from "react";

import { TeamSwitch } from "@/features/teams/components/TeamSwitch";

/** What leads from one's own pages to those of others: it stands above the pages. */
export const SWITCHES: ComponentType<{ onNavigate: () => void }>[] = [TeamSwitch];
