import "@mantine/core/styles/Menu.layer.css";

import { Menu, Text } from "@mantine/core";
import { CheckIcon, PlusIcon, UsersIcon } from "lucide-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { messageOf } from "@/lib/api/errors";

import { teamsQuery } from "../api/teams";

interface Props {
  target: ReactElement;
  /** The team that is shown now. */
  teamId: string | undefined;
  onNavigate: () => void;
  onCreate: () => void;
}

/** Open from the start: it is loaded when the user opens it. */
export default function TeamDropdown({ target, teamId, onNavigate, onCreate }: Props) {
  return (
    <Menu defaultOpened position="bottom-start" width={260}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown mah="min(28rem, 80dvh)" style={{ overflowY: "auto" }}>
        <Menu.Item
          rightSection={teamId === undefined && <CheckIcon size={16} aria-label="shown now" />}
          onClick={onNavigate}
          renderRoot={(props) => <Link to="/" {...props} />}
        >
          Your tasks
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Teams</Menu.Label>
        <Teams teamId={teamId} onNavigate={onNavigate} />
        <Menu.Divider />
        <Menu.Item
          leftSection={<UsersIcon size={16} />}
          onClick={onNavigate}
          renderRoot={(props) => <Link to="/teams" {...props} />}
        >
          All teams
        </Menu.Item>
        <Menu.Item leftSection={<PlusIcon size={16} />} onClick={onCreate}>
          New team
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The newest ones; the page of all teams has the rest. */
function Teams({ teamId, onNavigate }: Pick<Props, "teamId" | "onNavigate">) {
  const query = useInfiniteQuery(teamsQuery);
  if (query.data === undefined)
    return (
      <Menu.Label role="status">
        {query.isError ? messageOf(query.error) : query.isPaused ? "You are offline" : "Loading …"}
      </Menu.Label>
    );
  const teams = query.data.pages.flatMap((page) => page.items);
  if (teams.length === 0) return <Menu.Label>You are in no team yet</Menu.Label>;
  return teams.map(({ id, name }) => (
    <Menu.Item
      key={id}
      rightSection={id === teamId && <CheckIcon size={16} aria-label="shown now" />}
      onClick={onNavigate}
      renderRoot={(props) => <Link to="/teams/$teamId" params={{ teamId: id }} {...props} />}
    >
      <Text span inherit lineClamp={2} style={{ overflowWrap: "anywhere" }}>
        {name}
      </Text>
    </Menu.Item>
  ));
}
