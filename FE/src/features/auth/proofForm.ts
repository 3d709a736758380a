import { isNotEmpty, useForm } from "@mantine/form";
import { useState } from "react";

import type { WaysToProve } from "./waysToProve";

export type ProofKind = "password" | "code";

/** A form for a password or a code; its `kind` is `null` where the account has neither. */
export function useProofForm({ hasPassword, hasCodes }: WaysToProve) {
  const [chosen, setKind] = useState<ProofKind | null>(null);
  const first = hasPassword ? "password" : hasCodes ? "code" : null;
  const kind = chosen ?? first;
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { password: "", code: "" },
    validate:
      kind === "code"
        ? { code: isNotEmpty("Enter a code") }
        : { password: isNotEmpty("Enter your password") },
  });
  return { kind, setKind, form };
}
