import { startLoadingWhenIdle } from "@/lib/parts";

import { queryClient } from "./queries";

// once the first list is loaded
const unsubscribe = queryClient.getQueryCache().subscribe((event) => {
  if (event.type !== "updated" || event.action.type !== "success") return;
  unsubscribe();
  startLoadingWhenIdle();
});
