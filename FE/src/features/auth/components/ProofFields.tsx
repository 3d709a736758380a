import { Anchor, Group, PasswordInput, Stack } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { fieldMessages } from "@/lib/api/errors";

import { type Proof, twoStepsQuery } from "../api/twoSteps";
import { CodeInput } from "./CodeInput";

type Kind = "password" | "code";

/** A form in which people prove who they are, by their password or by a code. */
export function useProof() {
  const [kind, setKind] = useState<Kind>("password");
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { password: "", code: "" },
    validate:
      kind === "code"
        ? { code: isNotEmpty("Enter a code") }
        : { password: isNotEmpty("Enter your password") },
  });
  return {
    kind,
    setKind,
    form,
    proofOf: (values: { password: string; code: string }): Proof => ({ [kind]: values[kind] }),
    showError: (error: unknown) => form.setErrors(fieldMessages(error)),
  };
}

export function ProofFields({ proof }: { proof: ReturnType<typeof useProof> }) {
  const { kind, setKind, form } = proof;
  const { data } = useQuery(twoStepsQuery);
  return (
    <Stack gap="xs">
      {kind === "password" ? (
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          data-autofocus
          key={form.key("password")}
          {...form.getInputProps("password")}
        />
      ) : (
        <CodeInput data-autofocus key={form.key("code")} {...form.getInputProps("code")} />
      )}
      {data?.enabled && (
        <Group>
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => setKind(kind === "password" ? "code" : "password")}
          >
            {kind === "password" ? "Use a code instead" : "Use the password instead"}
          </Anchor>
        </Group>
      )}
    </Stack>
  );
}
