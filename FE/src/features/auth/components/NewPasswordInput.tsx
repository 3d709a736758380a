import { PasswordInput, type PasswordInputProps, Progress, Stack, Text } from "@mantine/core";

import { strengthOf } from "../passwordStrength";

const COLORS = ["red", "red", "yellow", "teal", "teal"];

interface Props extends Omit<PasswordInputProps, "value"> {
  value?: string;
  /** Other entries of the user, which the password should not contain. */
  known?: readonly string[];
}

/** A new password, and how hard it is to guess. */
export function NewPasswordInput({ known = [], value = "", ...input }: Props) {
  const { score, advice } = strengthOf(value, known);
  return (
    <Stack gap={6}>
      <PasswordInput autoComplete="new-password" value={value} {...input} />
      {value !== "" && (
        <>
          <Progress value={(score + 1) * 20} color={COLORS[score] ?? "red"} size={4} aria-hidden />
          <Text size="xs" c="dimmed" role="status">
            {advice}
          </Text>
        </>
      )}
    </Stack>
  );
}
