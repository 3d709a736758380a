import { CloudOffIcon } from "lucide-react";

import { EmptyNotice } from "./EmptyNotice";

/** In place of content that was never loaded and cannot be now. */
export function OfflineNotice() {
  return (
    <EmptyNotice title="You are offline" icon={<CloudOffIcon size={28} />}>
      This was not loaded before. It loads when you are back online.
    </EmptyNotice>
  );
}
