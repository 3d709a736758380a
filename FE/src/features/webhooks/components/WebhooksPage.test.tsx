import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { json } from "@/lib/api/testing/browser";

import type { Attempt, Webhook } from "../api/webhooks";
import WebhooksPage from "./WebhooksPage";

const PATH = "/api/v1/webhooks/w1";
const webhook: Webhook = {
  id: "w1",
  url: "https://example.com/hook",
  events: ["task.created", "task.deleted"],
  ordered: true,
  enabled: true,
  failing_since: null,
  created_at: "2026-01-31T12:00:00Z",
  version: 3,
};
const attempt: Attempt = {
  id: "a1",
  message_id: "m1",
  event: "task.created",
  status: 500,
  milliseconds: 17,
  error: null,
  answer: "out of order",
  made_at: "2026-01-31T12:00:00Z",
};

let items: Webhook[];
let attempts: Attempt[];
let sent: { call: string; ifMatch: string | null; body: string }[];
let element: HTMLElement;
let root: Root;
let client: QueryClient;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("BroadcastChannel", EventTarget);
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") {
      const ifMatch = request.headers.get("If-Match");
      sent.push({ call: `${request.method} ${pathname}`, ifMatch, body: await request.text() });
      return json(webhook);
    }
    return pathname.endsWith("/attempts")
      ? json({ items: attempts, next_cursor: null })
      : json({ items, known_events: ["task.created", "task.deleted"] });
  });
  items = [webhook];
  attempts = [attempt];
  sent = [];
  element = document.body.appendChild(document.createElement("div"));
  root = createRoot(element);
  client = new QueryClient();
  act(() => {
    root.render(
      <MantineProvider env="test">
        <QueryClientProvider client={client}>
          <WebhooksPage />
        </QueryClientProvider>
      </MantineProvider>,
    );
  });
});

afterEach(() => {
  act(() => root.unmount());
  element.remove();
  vi.unstubAllGlobals();
});

const shows = (text: string) =>
  act(() => vi.waitFor(() => expect(element.textContent).toContain(text)));

function click(name: string) {
  const found = [...element.querySelectorAll("button, input")].find(
    (control) => (control.getAttribute("aria-label") ?? control.textContent) === name,
  );
  if (!(found instanceof HTMLElement)) throw new Error(`There is no ${name}.`);
  act(() => {
    found.click();
  });
}

const hasSent = (call: string) =>
  act(() => vi.waitFor(() => expect(sent.map((request) => request.call)).toContain(call)));

test("a webhook is shown with its events", async () => {
  await shows("https://example.com/hook");

  expect(element.textContent).toContain("task.created, task.deleted · in order");
  expect(element.textContent).not.toContain("Failing since");
});

test("it is switched off with the version that is shown", async () => {
  await shows("https://example.com/hook");
  click("https://example.com/hook is on");
  await hasSent(`PATCH ${PATH}`);

  expect(sent).toEqual([{ call: `PATCH ${PATH}`, ifMatch: '"3"', body: '{"enabled":false}' }]);
});

test("a failed attempt shows the answer, and its message is sent again", async () => {
  await shows("https://example.com/hook");
  click("Attempts");
  await shows("out of order");
  click("Send again");
  await hasSent(`POST ${PATH}/attempts/a1/resend`);

  expect(element.textContent).toContain("500");
});

test("a webhook that is off sends nothing", async () => {
  await shows("https://example.com/hook"); // a refetch would join the first fetch
  items = [{ ...webhook, enabled: false, failing_since: "2026-01-31T12:00:00Z" }];
  await act(() => client.refetchQueries());
  await shows("Failing since");
  click("Attempts");
  await shows("out of order");
  click("Send again");
  click("Send a test");

  expect(sent).toEqual([]);
});
