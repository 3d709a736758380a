import "@mantine/core/styles/ScrollArea.layer.css";
import "@mantine/core/styles/Table.layer.css";

import { Alert, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { TriangleAlertIcon } from "lucide-react";

import { messageOf } from "@/lib/api/errors";

import { faultsOf } from "./importFaults";

/** Why a file was not imported: each bad line, and what is wrong with it. */
export function ImportFaults({ error }: { error: unknown }) {
  const faults = faultsOf(error);
  return (
    <Alert color="red" icon={<TriangleAlertIcon />} title={messageOf(error)} role="alert">
      <Stack gap="xs">
        {faults.length > 0 && (
          <ScrollArea.Autosize mah={260} type="auto" tabIndex={0} viewportProps={{ tabIndex: 0 }}>
            <Table aria-label="What is wrong" verticalSpacing={4}>
              <Table.Tbody>
                {faults.map(({ place, field, message }, index) => (
                  <Table.Tr key={index}>
                    <Table.Th scope="row" style={{ whiteSpace: "nowrap" }}>
                      {place || "File"}
                    </Table.Th>
                    <Table.Td>
                      {field && (
                        <Text span size="sm" fw={500}>
                          {field}:{" "}
                        </Text>
                      )}
                      {message}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollArea.Autosize>
        )}
        <Text size="sm">Nothing was imported. Correct the file and choose it again.</Text>
      </Stack>
    </Alert>
  );
}
