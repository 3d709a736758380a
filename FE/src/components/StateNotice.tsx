import { Alert } from "@mantine/core";
import { CircleCheckIcon, TriangleAlertIcon } from "lucide-react";
import type { ReactNode } from "react";

const LOOKS = {
  good: { color: "teal", role: "status", icon: <CircleCheckIcon /> },
  warning: { color: "yellow", role: "status", icon: <TriangleAlertIcon /> },
  bad: { color: "red", role: "alert", icon: <TriangleAlertIcon /> },
};

interface Props {
  state: keyof typeof LOOKS;
  title: string;
  children: ReactNode;
}

/** A notice of a state: good, bad, or worth a warning. */
export function StateNotice({ state, title, children }: Props) {
  return (
    <Alert {...LOOKS[state]} title={title} mb="md">
      {children}
    </Alert>
  );
}
