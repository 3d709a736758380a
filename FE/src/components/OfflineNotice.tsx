import { CloudOffIcon } from "lucide-react";

import { EmptyNotice } from "./EmptyNotice";

/** In place of what was never loaded and cannot be now. */
export function OfflineNotice() {
  return (
    <EmptyNotice title="You are offline" icon={<CloudOffIcon size={28} />}>
      This was not loaded before. It comes when you are back.
    </EmptyNotice>
  );
}
