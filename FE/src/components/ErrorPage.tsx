import { Container } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";

import { ErrorNotice } from "./ErrorNotice";

export function ErrorPage({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <Container size="sm" py="xl">
      <ErrorNotice error={error} onRetry={() => void router.invalidate()} />
    </Container>
  );
}
