import { Anchor, Container, Group, SegmentedControl } from "@mantine/core";
import { ChartColumnIcon } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { PageTitle } from "@/components/PageTitle";
import { optionsOf } from "@/lib/options";

import { taskHistoryQuery, taskStatsQuery } from "../api/stats";
import { useTasksAddress } from "../addresses";
import { INTERVALS, periodOf, PERIODS, statsSearchOf } from "../statsSearch";
import { isEmpty } from "../statsSummaries";
import { StatsCharts } from "./StatsCharts";
import { StatsFigures } from "./StatsFigures";

const own = getRouteApi("/_signed-in/stats");
// another path with the same search
const ofTeam = getRouteApi("/_signed-in/teams/$teamId/stats") as unknown as typeof own;

export default function StatsPage() {
  const address = useTasksAddress();
  const route = address.to === "/" ? own : ofTeam;
  const { days, interval } = periodOf(route.useSearch());
  const navigate = route.useNavigate();
  const stats = useQuery(taskStatsQuery());
  const history = useQuery(taskHistoryQuery(days, interval));
  const change = (changes: Record<string, string>) =>
    void navigate({
      search: (search) => statsSearchOf({ ...search, ...changes }),
      replace: true,
      resetScroll: false,
    });
  const failed = [stats, history].find(({ isError, data }) => isError && data === undefined);
  const isPaused = stats.isPaused || history.isPaused;
  // offline, the data of another period is not shown in its place
  const isShown = stats.data && history.data && !(history.isPlaceholderData && isPaused);
  return (
    <Container size="lg" px={0}>
      <PageTitle
        actions={
          <Group gap="xs">
            <SegmentedControl
              aria-label="Period"
              data={optionsOf(PERIODS)}
              value={String(days)}
              onChange={(value) => change({ days: value })}
            />
            <SegmentedControl
              aria-label="Interval"
              data={optionsOf(INTERVALS)}
              value={interval}
              onChange={(value) => change({ interval: value })}
            />
          </Group>
        }
      >
        Statistics
      </PageTitle>
      {failed && (
        <ErrorNotice
          error={failed.error}
          onRetry={() => void Promise.all([stats.refetch(), history.refetch()])}
        />
      )}
      {!failed && !isShown && <LoadingNotice isPaused={isPaused} />}
      {isShown && (
        <>
          <StatsFigures stats={stats.data} />
          {isEmpty(history.data.items) ? (
            <EmptyNotice title="Nothing to show yet" icon={<ChartColumnIcon size={28} />}>
              <Anchor renderRoot={(props) => <Link {...address} {...props} />}>Add a task</Anchor>
            </EmptyNotice>
          ) : (
            <StatsCharts flows={history.data.items} interval={interval} />
          )}
        </>
      )}
    </Container>
  );
}
