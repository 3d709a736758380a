import "@mantine/core/styles/Table.layer.css";

import { Paper, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { ScrollBox } from "@/components/ScrollBox";

type Row = Record<string, string | number> & { date: string };

interface Props {
  title: string;
  /** What the chart shows, in a sentence. */
  summary: string;
  columns: { name: string; label: string }[];
  rows: Row[];
  children: ReactNode;
}

/** A chart with a summary, and its figures in a table. */
export function ChartFigure({ title, summary, columns, rows, children }: Props) {
  return (
    <Paper component="section" aria-label={title} withBorder p="md" miw={0}>
      <Text component="h2" fw={600}>
        {title}
      </Text>
      <Text size="sm" c="dimmed" mb="md">
        {summary}
      </Text>
      <div aria-hidden>{children}</div>
      <Text component="details" size="sm" mt="sm">
        <summary>Figures</summary>
        <ScrollBox label={`Figures: ${title}`}>
          <Table verticalSpacing={4} fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Date</Table.Th>
                {columns.map(({ name, label }) => (
                  <Table.Th key={name}>{label}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.date}>
                  <Table.Th scope="row" fw={400}>
                    {row.date}
                  </Table.Th>
                  {columns.map(({ name }) => (
                    <Table.Td key={name}>{row[name]}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollBox>
      </Text>
    </Paper>
  );
}
