import "@mantine/charts/styles.layer.css";

import { AreaChart } from "@mantine/charts";
import { SimpleGrid, Text } from "@mantine/core";

import { Figure } from "@/components/Figures";

import type { Sample } from "../api/figures";

interface Series {
  label: string;
  unit: string;
  valueOf: (sample: Sample) => number | null;
}

const SERIES: Series[] = [
  {
    label: "Requests",
    unit: "per second",
    valueOf: ({ requests }) => requests?.per_second ?? null,
  },
  { label: "Median latency", unit: "ms", valueOf: ({ requests }) => latencyOf(requests, "p50") },
  { label: "95th percentile", unit: "ms", valueOf: ({ requests }) => latencyOf(requests, "p95") },
  {
    label: "Server errors",
    unit: "in a minute",
    valueOf: ({ requests }) => requests?.answers.server_error ?? null,
  },
  { label: "Connections in use", unit: "", valueOf: ({ pool }) => pool?.checked_out ?? null },
  { label: "Pending events", unit: "", valueOf: (sample) => checkOf(sample, "events", "pending") },
  { label: "Dead deliveries", unit: "", valueOf: (sample) => checkOf(sample, "events", "dead") },
  {
    label: "Database latency",
    unit: "ms",
    valueOf: (sample) => checkOf(sample, "database", "latency_ms"),
  },
];

/** The latest figures, each with its recent trend. */
export function LiveFigures({ samples }: { samples: Sample[] }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 4 }} spacing="sm" m={0} mb="lg">
      {SERIES.map(({ label, unit, valueOf }) => {
        const values = samples.map(valueOf);
        const value = values.at(-1) ?? null;
        return (
          <Figure key={label} label={label}>
            {value === null ? "–" : shortOf(value)}{" "}
            {value !== null && (
              <Text span size="sm" c="dimmed" fw={400}>
                {unit}
              </Text>
            )}
            <Trend values={values} />
          </Figure>
        );
      })}
    </SimpleGrid>
  );
}

const HEIGHT = 32;

/** A missing value is a gap; a single value is no trend. */
function Trend({ values }: { values: (number | null)[] }) {
  return (
    <div aria-hidden style={{ height: HEIGHT }}>
      {values.length > 1 && (
        <AreaChart
          h={HEIGHT}
          data={values.map((value, at) => ({ at, value }))}
          dataKey="at"
          series={[{ name: "value", color: "indigo.5" }]}
          curveType="linear"
          withDots={false}
          withXAxis={false}
          withYAxis={false}
          withTooltip={false}
          gridAxis="none"
          areaChartProps={{ accessibilityLayer: false, margin: { top: 2, bottom: 2 } }}
        />
      )}
    </div>
  );
}

function latencyOf(requests: Sample["requests"], name: "p50" | "p95"): number | null {
  return requests?.latency_ms?.[name] ?? null;
}

function checkOf({ health }: Sample, name: string, figure: string): number | null {
  const check = health.checks[name] as Record<string, unknown> | undefined;
  const value = check?.[figure];
  return typeof value === "number" ? value : null;
}

function shortOf(value: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 });
}
