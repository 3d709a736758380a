import { Container, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { PageTitle } from "@/components/PageTitle";

import { figuresQuery } from "../api/figures";
import { CheckTable } from "./CheckTable";
import { LiveFigures } from "./LiveFigures";
import { StatusNotice } from "./StatusNotice";

/** The health of the service, every few seconds. */
export default function HealthPage() {
  const { data: samples, isPending, isPaused, isError, error, refetch } = useQuery(figuresQuery());
  const latest = samples?.at(-1);
  return (
    <Container size="xl" px={0}>
      <PageTitle>Health</PageTitle>
      {isPending && <LoadingNotice isPaused={isPaused} />}
      {isError && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {samples && latest && (
        <>
          <StatusNotice health={latest.health} />
          <LiveFigures samples={samples} />
          <CheckTable health={latest.health} />
          <Text size="xs" c="dimmed" mt="md">
            {latest.health.app_name} {latest.health.version}, as of{" "}
            {new Date(latest.at).toLocaleTimeString()}
          </Text>
        </>
      )}
    </Container>
  );
}
