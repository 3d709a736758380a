import type { ComponentType } from "react";

import { TeamSwitch } from "@/features/teams/components/TeamSwitch";

/** Components above the links to pages that switch between the user's own and others'. */
export const SWITCHES: ComponentType<{ onNavigate: () => void }>[] = [TeamSwitch];
