import "@mantine/core/styles/Notification.layer.css";
import "@mantine/notifications/styles.layer.css";

import { notifications, Notifications as Container } from "@mantine/notifications";
import { useEffect } from "react";

import { showReportsOn } from "@/lib/reports";

export default function Notifications() {
  useEffect(() => showReportsOn(notifications), []);
  return <Container position="bottom-right" />;
}
