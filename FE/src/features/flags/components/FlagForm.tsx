import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { PlusIcon } from "lucide-react";
import { useState } from "react";

import { StateNotice } from "@/components/StateNotice";
import { fieldMessages, hasCode, messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { type Flag, type Rule, type Setting, useChangeFlag } from "../api/settings";
import { blankRule, faultsOf, RULE_LABELS, sentenceOf, settingOf } from "../rules";
import { ResetButton } from "./ResetButton";
import { RuleCard } from "./RuleCard";
import { ValueInput } from "./ValueInput";

interface Props {
  /** The newest version; a save applies only to the version that the user saw. */
  flag: Flag;
  onClose: () => void;
}

export function FlagForm({ flag, onClose }: Props) {
  const change = useChangeFlag();
  const [base, setBase] = useState(flag);
  const [setting, setSetting] = useState<Setting>(() => settingOf(flag));
  const [faults, setFaults] = useState<Record<string, string>>({});
  const isNewer = flag.version !== base.version;

  function setRules(rules: Rule[]) {
    setSetting({ ...setting, rules });
  }
  function save() {
    const found = faultsOf(setting);
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    change.mutate(
      { flag: base, setting },
      {
        onSuccess: () => {
          reportSuccess(`${flag.name} was saved.`);
          onClose();
        },
        onError: (error) => setFaults(fieldMessages(error)),
      },
    );
  }
  const isConflict = hasCode<"change_flag">(change.error, "PRECONDITION_FAILED");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      noValidate
    >
      <Stack>
        {change.isError && !isConflict && Object.keys(faults).length === 0 && (
          <Alert color="red" role="alert" title={messageOf(change.error)} />
        )}
        {isNewer && (
          <StateNotice state="warning" title="Somebody else has changed this flag">
            Theirs: {sentenceOf(settingOf(flag))}.
            <Group gap="xs" mt="xs">
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  setBase(flag);
                  setSetting(settingOf(flag));
                  change.reset();
                }}
              >
                Take theirs
              </Button>
              <Button size="xs" variant="default" onClick={() => setBase(flag)}>
                Keep mine
              </Button>
            </Group>
          </StateNotice>
        )}
        {setting.rules.map((rule, place) => (
          <RuleCard
            key={place}
            flag={flag}
            rule={rule}
            number={place + 1}
            faults={{
              who: faults[`rules.${place}.ids`] ?? faults[`rules.${place}.percentage`],
              value: faults[`rules.${place}.value`],
            }}
            onChange={(changed) => setRules(setting.rules.with(place, changed))}
            onRemove={() => setRules(setting.rules.toSpliced(place, 1))}
          />
        ))}
        <Group gap="xs" role="group" aria-label="Add a rule">
          <Text size="sm" w="100%">
            {setting.rules.length > 0
              ? "If several rules match a user, the first of them applies. Add a rule:"
              : "Add a rule for those who get something else:"}
          </Text>
          {(Object.keys(RULE_LABELS) as Rule["kind"][]).map((kind) => (
            <Button
              key={kind}
              size="xs"
              variant="light"
              leftSection={<PlusIcon size={14} />}
              onClick={() => setRules([...setting.rules, blankRule(kind, flag, setting)])}
            >
              {RULE_LABELS[kind]}
            </Button>
          ))}
        </Group>
        <ValueInput
          flag={flag}
          label={setting.rules.length > 0 ? "Everybody else gets" : "Everybody gets"}
          value={setting.otherwise}
          error={faults.otherwise}
          onChange={(otherwise) => setSetting({ ...setting, otherwise })}
        />
        <Group justify="flex-end" mt="xs">
          {flag.state !== "default" && <ResetButton flag={flag} onDone={onClose} />}
          <Button type="submit" loading={change.isPending} disabled={isNewer}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
