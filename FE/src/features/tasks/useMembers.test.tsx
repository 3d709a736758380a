import { QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";

import { json } from "@/lib/api/testing/browser";

import { clientOfTeam } from "./api/teamCollections";
import { useAssignee } from "./useMembers";

function Row({ id }: { id: string }) {
  return <p>{useAssignee(id)?.label ?? "?"}</p>;
}

test("a new member is fetched once, however many rows show them", async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("BroadcastChannel", EventTarget);
  const ada = { user_id: "ada", name: "Ada", email: "", role: "member", joined_at: "" };
  const grace = { ...ada, user_id: "grace", name: "Grace" };
  const answers = [[ada], [ada, grace]];
  const answer = vi.fn(() =>
    Promise.resolve(json({ items: answers.shift() ?? [ada, grace], next_cursor: null })),
  );
  vi.stubGlobal("fetch", answer);
  const client = clientOfTeam("engine");
  const element = document.createElement("div");
  const root = createRoot(element);
  const show = (...ids: string[]) =>
    act(() => {
      root.render(
        <QueryClientProvider client={client}>
          {ids.map((id, index) => (
            <Row key={index} id={id} />
          ))}
        </QueryClientProvider>,
      );
    });
  const becomes = (text: string) =>
    act(() => vi.waitFor(() => expect(element.textContent).toBe(text)));
  show("ada");
  await becomes("Ada");

  show("grace", "grace", "grace", "lost");
  await becomes("GraceGraceGrace?");
  await act(() => vi.waitFor(() => expect(client.isFetching()).toBe(0)));

  expect(answer).toHaveBeenCalledTimes(2);
  show("lost", "lost");
  expect(answer).toHaveBeenCalledTimes(2);
  act(() => {
    root.unmount();
  });
  vi.unstubAllGlobals();
});
