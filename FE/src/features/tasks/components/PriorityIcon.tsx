import {
  IconAlertSquareRoundedFilled,
  IconAntennaBars1,
  IconAntennaBars3,
  IconAntennaBars4,
  IconAntennaBars5,
} from "@tabler/icons-react";

import type { Priority } from "../api/tasks";

const ICONS = {
  none: IconAntennaBars1,
  low: IconAntennaBars3,
  medium: IconAntennaBars4,
  high: IconAntennaBars5,
  urgent: IconAlertSquareRoundedFilled,
};

export function PriorityIcon({ priority, size = 18 }: { priority: Priority; size?: number }) {
  const Icon = ICONS[priority];
  const isUrgent = priority === "urgent";
  return <Icon size={size} {...(isUrgent && { color: "var(--mantine-color-orange-6)" })} />;
}
