import { Alert } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { CloudOffIcon } from "lucide-react";

import { useConnection } from "@/lib/useSession";

/** Shown while the network is gone or requests wait for the server. */
export function ConnectionNotice() {
  const { online } = useNetwork();
  const connection = useConnection();
  if (online && connection === "online") return null;
  return (
    <Alert color="yellow" variant="filled" radius={0} p="xs" icon={<CloudOffIcon />} role="status">
      {online
        ? "The server does not answer. Trying again …"
        : "You are offline. What you see may be old; what you change is sent when you are back."}
    </Alert>
  );
}
