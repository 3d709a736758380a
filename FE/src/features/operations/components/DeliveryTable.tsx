import "@mantine/core/styles/Table.layer.css";

import { Anchor, Button, Table, Text, VisuallyHidden } from "@mantine/core";

import { ScrollBox } from "@/components/ScrollBox";
import { formatDayAndTime } from "@/lib/format/dates";

import type { Delivery } from "../api/deliveries";

interface Props {
  deliveries: Delivery[];
  isRetrying: boolean;
  onOpen: (id: number) => void;
  onRetry: (delivery: Delivery) => void;
}

export function DeliveryTable({ deliveries, isRetrying, onOpen, onRetry }: Props) {
  return (
    <ScrollBox label="Dead deliveries">
      <Table verticalSpacing="xs" highlightOnHover miw={860}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>Handler</Table.Th>
            <Table.Th>Occurred</Table.Th>
            <Table.Th>Attempts</Table.Th>
            <Table.Th>Last error</Table.Th>
            <Table.Th>
              <VisuallyHidden>What to do</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {deliveries.map((delivery) => (
            <Table.Tr key={delivery.id}>
              <Table.Td>
                <Anchor
                  component="button"
                  type="button"
                  size="sm"
                  ta="start"
                  aria-label={`${delivery.event_name}, delivery ${delivery.id}`}
                  onClick={() => onOpen(delivery.id)}
                >
                  {delivery.event_name}
                </Anchor>
              </Table.Td>
              <Table.Td>{delivery.handler}</Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>
                {formatDayAndTime(delivery.occurred_at)}
              </Table.Td>
              <Table.Td>{delivery.attempts}</Table.Td>
              <Table.Td>
                <Text size="sm" maw={280} truncate title={delivery.last_error ?? ""}>
                  {delivery.last_error ?? "–"}
                </Text>
              </Table.Td>
              <Table.Td>
                <Button
                  size="xs"
                  variant="default"
                  disabled={isRetrying}
                  aria-label={`Retry delivery ${delivery.id}`}
                  onClick={() => onRetry(delivery)}
                >
                  Retry
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollBox>
  );
}
