import "@mantine/core/styles/ColorSwatch.layer.css";
import "@mantine/charts/styles.layer.css";

import { AreaChart, BarChart } from "@mantine/charts";
import { SimpleGrid } from "@mantine/core";

import { useNow } from "@/lib/useNow";

import type { Interval, TaskFlow } from "../api/stats";
import { dateLabel, openSummary, throughputSummary } from "../statsSummaries";
import { ChartFigure } from "./ChartFigure";

const THROUGHPUT = [
  { name: "created", label: "Created", color: "indigo.5" },
  { name: "completed", label: "Completed", color: "teal.6" },
];
const FLOW = [
  { name: "done", label: "Done", color: "teal.6" },
  { name: "open", label: "Open", color: "yellow.6" },
];

// Not focusable: the table has the same data. Without the margin the topmost label would be below
// its line.
const CHART_PROPS = { accessibilityLayer: false, margin: { top: 12 } };

interface Props {
  flows: TaskFlow[];
  interval: Interval;
}

export function StatsCharts({ flows, interval }: Props) {
  const now = useNow();
  const data = flows.map((flow) => ({ ...flow, date: dateLabel(flow.date, now) }));
  const chart = {
    h: 260,
    data,
    dataKey: "date",
    withLegend: true,
    legendProps: { verticalAlign: "bottom" as const },
    tickLine: "none" as const,
    xAxisProps: { minTickGap: 24 },
    yAxisProps: { allowDecimals: false, width: 40 },
  };
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <ChartFigure
        title="Created and completed"
        summary={throughputSummary(flows, interval, now)}
        columns={THROUGHPUT}
        rows={data}
      >
        <BarChart {...chart} series={THROUGHPUT} barChartProps={CHART_PROPS} />
      </ChartFigure>
      <ChartFigure title="Open and done" summary={openSummary(flows)} columns={FLOW} rows={data}>
        <AreaChart
          {...chart}
          type="stacked"
          withDots={false}
          curveType="linear"
          series={FLOW}
          areaChartProps={CHART_PROPS}
        />
      </ChartFigure>
    </SimpleGrid>
  );
}
