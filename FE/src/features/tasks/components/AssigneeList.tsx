import { ScrollArea, Text, TextInput } from "@mantine/core";
import { UserIcon } from "lucide-react";
import { useMemo, useState } from "react";

import { ErrorNotice } from "@/components/ErrorNotice";
import { Initials } from "@/components/Initials";
import { LoadingNotice } from "@/components/LoadingNotice";
import { useUser } from "@/lib/useSession";

import type { Members } from "../api/members";
import { assigneeLabels, NOBODY } from "../assignees";
import { useMembers } from "../useMembers";
import { OptionList } from "./OptionList";

/** Where there are more, one types. */
const MOST_AT_A_GLANCE = 8;
const MOST_SHOWN = 50;

interface Props {
  /** `undefined`: the tasks have different ones. */
  value: string | null | undefined;
  onChoose: (id: string | null) => void;
}

/** Whom to assign a task to. */
export function AssigneeList(props: Props) {
  const members = useMembers();
  if (members.isPending) return <LoadingNotice rows={3} isPaused={members.isPaused} />;
  if (members.isLoadingError)
    return <ErrorNotice error={members.error} onRetry={() => void members.refetch()} />;
  return <Choices {...props} members={members.data} />;
}

function Choices({ value, onChoose, members }: Props & { members: Members }) {
  const { id } = useUser();
  const [words, setWords] = useState("");
  const labels = useMemo(() => assigneeLabels(members, id), [members, id]);
  const wanted = words.trim().toLowerCase();
  const found = Object.entries(labels).filter(([, label]) => label.toLowerCase().includes(wanted));
  return (
    <>
      {Object.keys(labels).length > MOST_AT_A_GLANCE && (
        <TextInput
          size="xs"
          mb="xs"
          aria-label="Search members"
          placeholder="Search"
          data-autofocus
          value={words}
          onChange={({ currentTarget }) => setWords(currentTarget.value)}
        />
      )}
      <ScrollArea.Autosize mah={280}>
        <OptionList
          labels={Object.fromEntries(found.slice(0, MOST_SHOWN))}
          value={value === null ? NOBODY : (value ?? null)}
          icon={(option) =>
            option === NOBODY ? (
              <UserIcon size={24} />
            ) : (
              <Initials name={members.get(option)?.name ?? ""} size={24} />
            )
          }
          onChoose={(option) => onChoose(option === NOBODY ? null : option)}
        />
      </ScrollArea.Autosize>
      {/* there while one types, so that its words are read out */}
      <Text size="xs" c="dimmed" role="status">
        {found.length === 0 && "Nobody found"}
        {found.length > MOST_SHOWN && `${found.length - MOST_SHOWN} more: type to find them`}
      </Text>
    </>
  );
}
