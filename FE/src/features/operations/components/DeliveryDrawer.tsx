import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Drawer.layer.css";

import { Button, Drawer } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { useFocusReturn } from "@/lib/useFocusReturn";

import { deliveryQuery } from "../api/deliveries";
import { DeliveryFacts } from "./DeliveryFacts";

interface Props {
  id: number;
  isRetrying: boolean;
  onRetry: () => void;
  onClose: () => void;
}

export default function DeliveryDrawer({ id, isRetrying, onRetry, onClose }: Props) {
  useFocusReturn();
  const delivery = useQuery(deliveryQuery(id));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      title={`Delivery ${id}`}
      closeButtonProps={{ "aria-label": "Close" }}
      transitionProps={{ duration: 120 }}
    >
      {delivery.isPending && <LoadingNotice isPaused={delivery.isPaused} />}
      {delivery.isLoadingError && (
        <ErrorNotice error={delivery.error} onRetry={() => void delivery.refetch()} />
      )}
      {delivery.data && <DeliveryFacts delivery={delivery.data} />}
      {delivery.data?.state === "dead" && (
        <Button mt="md" loading={isRetrying} onClick={onRetry}>
          Retry
        </Button>
      )}
    </Drawer>
  );
}
