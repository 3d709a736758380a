import "@mantine/core/styles/Table.layer.css";

import { Anchor, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { ScrollBox } from "@/components/ScrollBox";

import type { Health } from "../api/figures";
import { figuresOf, nameOf } from "../health";

/** Each part of the service. */
export function CheckTable({ health: { checks } }: { health: Health }) {
  return (
    <ScrollBox label="Parts of the service">
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Part</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Figures</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Object.entries(checks).map(([name, check]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">{nameOf(name)}</Table.Th>
              <Table.Td>
                <Text span size="sm" fw={check.status === "healthy" ? 400 : 700}>
                  {check.status}
                </Text>
              </Table.Td>
              <Table.Td>
                {figuresOf(check)
                  .map(([label, value]) => `${label} ${value}`)
                  .join(", ")}
                {name === "events" && (
                  <>
                    {" "}
                    <Anchor
                      size="sm"
                      renderRoot={(props) => <Link to="/admin/deliveries" {...props} />}
                    >
                      Look at dead deliveries
                    </Anchor>
                  </>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollBox>
  );
}
