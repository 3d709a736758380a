import { ScrollArea, TextInput } from "@mantine/core";
import { UserIcon } from "lucide-react";
import { useState } from "react";

import { Initials } from "@/components/Initials";
import { useUser } from "@/lib/useSession";

import { assigneeLabels, NOBODY } from "../assignees";
import { useMembers } from "../useMembers";
import { OptionList } from "./OptionList";

/** Where there are more, one types. */
const MOST_AT_A_GLANCE = 8;

interface Props {
  /** `undefined`: the tasks have different ones. */
  value: string | null | undefined;
  onChoose: (id: string | null) => void;
}

/** Whom to assign a task to. */
export function AssigneeList({ value, onChoose }: Props) {
  const members = useMembers();
  const { id } = useUser();
  const [words, setWords] = useState("");
  const labels = assigneeLabels(members ?? new Map(), id);
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
          labels={Object.fromEntries(found)}
          value={value === null ? NOBODY : (value ?? null)}
          icon={(option) =>
            option === NOBODY ? (
              <UserIcon size={24} />
            ) : (
              <Initials name={members?.get(option)?.name ?? ""} size={24} />
            )
          }
          onChoose={(option) => onChoose(option === NOBODY ? null : option)}
        />
      </ScrollArea.Autosize>
    </>
  );
}
