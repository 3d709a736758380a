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

// without the bars that a lower priority lacks, its icon would be a dot
const EVERY_BAR = "M2 20h.01M7 20v-4M12 20v-8M17 20V8";

export function PriorityIcon({ priority, size = 18 }: { priority: Priority; size?: number }) {
  const Icon = ICONS[priority];
  const isUrgent = priority === "urgent";
  if (isUrgent) return <Icon size={size} color="var(--mantine-color-orange-6)" />;
  return (
    <Icon size={size}>
      <path d={EVERY_BAR} opacity={0.3} />
    </Icon>
  );
}
