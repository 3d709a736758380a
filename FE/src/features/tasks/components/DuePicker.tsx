import "@mantine/core/styles/SimpleGrid.layer.css";
import "@mantine/dates/styles.layer.css";

import { Button, Group, Stack } from "@mantine/core";
import { DatePicker, TimeInput } from "@mantine/dates";
import { useState } from "react";

import { useNow } from "@/lib/useNow";

import { dayOf, type Due, later } from "../due";

interface Props {
  value: Due | null;
  onChoose: (due: Due | null) => void;
}

/** A day, with one click, and an optional time. */
export function DuePicker({ value, onChoose }: Props) {
  const today = dayOf(useNow());
  const [time, setTime] = useState(value?.time ?? "");
  const choose = (day: string) => onChoose({ day, time: time || null });
  return (
    <Stack gap="xs" align="center">
      <Group gap="xs">
        <Button size="compact-sm" variant="light" data-autofocus onClick={() => choose(today)}>
          Today
        </Button>
        <Button size="compact-sm" variant="light" onClick={() => choose(later(today, 1))}>
          Tomorrow
        </Button>
        <Button size="compact-sm" variant="light" onClick={() => choose(later(today, 7))}>
          In a week
        </Button>
      </Group>
      <DatePicker
        value={value?.day ?? null}
        {...(value && { defaultDate: value.day })}
        firstDayOfWeek={1}
        weekendDays={[]}
        hideOutsideDates
        highlightToday
        ariaLabels={{ previousMonth: "Previous month", nextMonth: "Next month" }}
        onChange={(day) => choose(day ?? value?.day ?? today)}
      />
      <Group gap="xs" wrap="nowrap" align="flex-end" w="100%">
        <TimeInput
          flex={1}
          label="Time"
          size="xs"
          value={time}
          onChange={({ currentTarget }) => setTime(currentTarget.value)}
        />
        <Button
          size="xs"
          variant="light"
          disabled={(value?.time ?? "") === time}
          onClick={() => choose(value?.day ?? today)}
        >
          Set the time
        </Button>
      </Group>
      {value !== null && (
        <Button fullWidth size="xs" variant="subtle" onClick={() => onChoose(null)}>
          No date
        </Button>
      )}
    </Stack>
  );
}
