import { newQueryClient } from "@/lib/queries";

export const queryClient = newQueryClient();
