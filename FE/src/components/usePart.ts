import { useEffect, useState } from "react";

import type { Outcome, Part } from "@/lib/parts";

/** The outcome of loading a part, `null` while it loads, and a function that retries. */
export function usePart<Content>(
  part: Part<Content>,
): [Outcome<Content> | null, () => Promise<void>] {
  const [outcome, setOutcome] = useState<Outcome<Content> | null>(
    part.content === null ? null : { content: part.content },
  );
  useEffect(() => {
    if (part.content !== null) return;
    let isDrawn = true;
    const show = (loaded: () => Outcome<Content>) => {
      if (isDrawn) setOutcome(loaded);
    };
    part.load().then(
      (loaded) => show(() => loaded),
      (error: unknown) =>
        show(() => {
          throw error; // where an error of the part itself would be thrown
        }),
    );
    return () => {
      isDrawn = false;
    };
  }, [part]);
  return [outcome, async () => setOutcome(await part.retry())];
}
