import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";

import { Reports } from "@/components/Reports";

import { queryClient } from "./queries";
import { router } from "./router";
import { StepUpPrompt } from "./StepUpPrompt";
import { theme } from "./theme";

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <StepUpPrompt />
        <Reports />
      </QueryClientProvider>
    </MantineProvider>
  );
}
