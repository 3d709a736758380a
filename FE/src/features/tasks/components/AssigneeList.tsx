import { UserIcon } from "lucide-react";
import { useMemo } from "react";

import { ErrorNotice } from "@/components/ErrorNotice";
import { Initials } from "@/components/Initials";
import { LoadingNotice } from "@/components/LoadingNotice";
import { useUser } from "@/lib/useSession";

import type { Members } from "../api/members";
import { assigneeLabels, NOBODY } from "../assignees";
import { useMembers } from "../useMembers";
import { OptionList } from "./OptionList";
import { OptionSearch } from "./OptionSearch";

/** With more, a search field replaces the list. */
const MOST_AT_A_GLANCE = 8;

interface Props {
  /** `undefined` if the tasks have different assignees. */
  value: string | null | undefined;
  onChoose: (id: string | null) => void;
}

/** The possible assignees of a task. */
export function AssigneeList(props: Props) {
  const members = useMembers();
  if (members.isPending) return <LoadingNotice rows={3} isPaused={members.isPaused} />;
  if (members.isLoadingError)
    return <ErrorNotice error={members.error} onRetry={() => void members.refetch()} />;
  return <Choices {...props} members={members.data} />;
}

function Choices({ value, onChoose, members }: Props & { members: Members }) {
  const { id } = useUser();
  const labels = useMemo(() => assigneeLabels(members, id), [members, id]);
  const choices = {
    labels,
    value: value === null ? NOBODY : (value ?? null),
    icon: (option: string) =>
      option === NOBODY ? (
        <UserIcon size={24} />
      ) : (
        <Initials name={members.get(option)?.name ?? ""} size={24} />
      ),
    onChoose: (option: string) => onChoose(option === NOBODY ? null : option),
  };
  return Object.keys(labels).length > MOST_AT_A_GLANCE ? (
    <OptionSearch label="Search members" {...choices} />
  ) : (
    <OptionList {...choices} />
  );
}
