import {
  OctagonAlertIcon,
  SignalHighIcon,
  SignalLowIcon,
  SignalMediumIcon,
  SignalZeroIcon,
} from "lucide-react";

import type { Priority } from "../api/tasks";

const ICONS = {
  none: SignalZeroIcon,
  low: SignalLowIcon,
  medium: SignalMediumIcon,
  high: SignalHighIcon,
  urgent: OctagonAlertIcon,
};

export function PriorityIcon({ priority, size = 18 }: { priority: Priority; size?: number }) {
  const Icon = ICONS[priority];
  const isUrgent = priority === "urgent";
  return <Icon size={size} {...(isUrgent && { color: "var(--mantine-color-orange-6)" })} />;
}
