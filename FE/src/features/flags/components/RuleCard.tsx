import { ActionIcon, Group, Paper, Stack, Text } from "@mantine/core";
import { Trash2Icon } from "lucide-react";

import type { Flag, Rule } from "../api/settings";
import { RULE_LABELS } from "../rules";
import { PeopleInput } from "./PeopleInput";
import { PercentageInput } from "./PercentageInput";
import { TeamsInput } from "./TeamsInput";
import { ValueInput } from "./ValueInput";

interface Props {
  flag: Flag;
  rule: Rule;
  number: number;
  faults: { who: string | undefined; value: string | undefined };
  onChange: (rule: Rule) => void;
  onRemove: () => void;
}

/** The users of a rule, and the value that they get. */
export function RuleCard({ flag, rule, number, faults, onChange, onRemove }: Props) {
  const label = RULE_LABELS[rule.kind];
  return (
    <Paper withBorder p="sm" radius="md" role="group" aria-label={`Rule ${number}: ${label}`}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600}>
            {number}. {label}
          </Text>
          <ActionIcon variant="subtle" aria-label={`Remove rule ${number}`} onClick={onRemove}>
            <Trash2Icon size={16} />
          </ActionIcon>
        </Group>
        {rule.kind === "users" && (
          <PeopleInput
            ids={rule.ids}
            error={faults.who}
            onChange={(ids) => onChange({ ...rule, ids })}
          />
        )}
        {rule.kind === "teams" && (
          <TeamsInput
            ids={rule.ids}
            error={faults.who}
            onChange={(ids) => onChange({ ...rule, ids })}
          />
        )}
        {rule.kind === "percentage" && (
          <PercentageInput
            percentage={rule.percentage}
            error={faults.who}
            onChange={(percentage) => onChange({ ...rule, percentage })}
          />
        )}
        <ValueInput
          flag={flag}
          label="They get"
          value={rule.value}
          error={faults.value}
          onChange={(value) => onChange({ ...rule, value })}
        />
      </Stack>
    </Paper>
  );
}
