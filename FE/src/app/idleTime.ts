import { startLoadingWhenIdle } from "@/lib/parts";

import { queryClient } from "./queries";

// once the first list stands
const unsubscribe = queryClient.getQueryCache().subscribe((event) => {
  if (event.type !== "updated" || event.action.type !== "success") return;
  unsubscribe();
  startLoadingWhenIdle();
});
