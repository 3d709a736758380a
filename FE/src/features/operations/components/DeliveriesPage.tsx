import { Button, Container, Text } from "@mantine/core";
import { CircleCheckIcon, RefreshCwIcon } from "lucide-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";
import { PageTitle } from "@/components/PageTitle";
import { lazyOverlay } from "@/components/lazyPart";
import { reportSuccess } from "@/lib/reports";

import { deadDeliveriesQuery, type Delivery, useRetryDeliveries } from "../api/deliveries";
import { DeliveryTable } from "./DeliveryTable";

const DeliveryDrawer = lazyOverlay(() => import("./DeliveryDrawer"));

/** Deliveries of events that have used up their attempts. */
export default function DeliveriesPage() {
  const query = useInfiniteQuery(deadDeliveriesQuery());
  const retrial = useRetryDeliveries();
  const [opened, setOpened] = useState<number | null>(null);
  const deliveries = query.data?.pages.flatMap((page) => page.items) ?? [];
  const retry = (chosen: Pick<Delivery, "id">[]) =>
    retrial.mutate(chosen, {
      onSuccess: () => {
        setOpened(null);
        reportSuccess(
          chosen.length === 1
            ? "The delivery is attempted once more."
            : `${chosen.length} deliveries are attempted once more.`,
        );
      },
    });
  return (
    <Container size="xl" px={0}>
      <PageTitle
        actions={
          deliveries.length > 0 && (
            <Button
              leftSection={<RefreshCwIcon size={16} />}
              loading={retrial.isPending}
              onClick={() => retry(deliveries)}
            >
              Retry all shown
            </Button>
          )
        }
      >
        Deliveries
      </PageTitle>
      {query.isPending && <LoadingNotice isPaused={query.isPaused} />}
      {query.isError && query.data === undefined && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && deliveries.length === 0 && (
        <EmptyNotice title="Nothing is dead" icon={<CircleCheckIcon size={28} />}>
          Every event reached all its subscribers, or is still on its way.
        </EmptyNotice>
      )}
      {deliveries.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mb="md">
            These have used up their attempts. Fix the cause, then retry them.
          </Text>
          <DeliveryTable
            deliveries={deliveries}
            isRetrying={retrial.isPending}
            onOpen={setOpened}
            onRetry={(delivery) => retry([delivery])}
          />
          <LoadMore query={query} />
        </>
      )}
      {opened !== null && (
        <DeliveryDrawer
          id={opened}
          isRetrying={retrial.isPending}
          onRetry={() => retry([{ id: opened }])}
          onClose={() => setOpened(null)}
        />
      )}
    </Container>
  );
}
