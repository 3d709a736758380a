import { Box, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { CloudOffIcon, RadioIcon, RefreshCwIcon } from "lucide-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";

import { LiveFeed } from "@/lib/live/feed";
import { useUser } from "@/lib/useSession";

import { FOLLOWERS } from "./followers";

/** Nothing is shown if the server has no feed, or before its first message. */
const SIGNS = {
  live: { icon: RadioIcon, text: "Live: changes made elsewhere appear at once", color: "teal" },
  reconnecting: { icon: RefreshCwIcon, text: "Not live: connecting again", color: "orange" },
  offline: { icon: CloudOffIcon, text: "Not live: offline", color: "orange" },
  connecting: null,
  absent: null,
};
/** A stream that is replaced within this time, as when its token expires, changes no status. */
const PAUSE = 1_000;

/** Follows the changes made elsewhere while a user is signed in, and shows whether it can. */
export default function LiveStatus() {
  const queryClient = useQueryClient();
  const { id } = useUser();
  const [feed] = useState(() => new LiveFeed(id));
  useEffect(() => {
    const unsubscribes = FOLLOWERS.map((follow) => feed.subscribe(follow(queryClient)));
    const end = feed.start();
    return () => {
      end();
      unsubscribes.forEach((unsubscribe) => unsubscribe());
    };
  }, [feed, queryClient]);
  const [status] = useDebouncedValue(
    useSyncExternalStore(feed.watchStatus, () => feed.status),
    PAUSE,
  );
  const sign = SIGNS[status];
  return (
    <Box role="status" display="flex" {...(sign && { title: sign.text })}>
      {sign && (
        <>
          <sign.icon size={16} color={`var(--mantine-color-${sign.color}-6)`} aria-hidden />
          <VisuallyHidden>{sign.text}</VisuallyHidden>
        </>
      )}
    </Box>
  );
}
