import "@mantine/core/styles/Notification.layer.css";
import "@mantine/notifications/styles.layer.css";

import { Notifications as Container } from "@mantine/notifications";

export default function Notifications() {
  return <Container position="bottom-right" />;
}
