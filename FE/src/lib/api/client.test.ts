import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ada, bob, Browser, json, signInOf } from "./testing/browser";

const TASKS = "http://localhost/api/v1/tasks";

let browser: Browser;
let client: typeof import("./client");
let tokens: (string | null)[];

beforeEach(async () => {
  browser = new Browser();
  vi.resetModules();
  client = await import("./client");
  tokens = [];
  await client.session.restore();
});

afterEach(() => browser.close());

function answer(...responses: Response[]): void {
  browser.answer("tasks", (request) => {
    tokens.push(request.headers.get("Authorization"));
    return responses.shift() ?? json({ items: [] });
  });
}

async function signIn(user = ada): Promise<string> {
  await client.session.begin(() => Promise.resolve(signInOf(user)));
  return `Bearer ${await client.session.token()}`;
}

function refusal(code: string, status = 401): Response {
  return json({ error: "No.", code, details: [], request_id: "1" }, status);
}

describe("a request", () => {
  it("has no token if no user is signed in", async () => {
    answer();
    await client.send(new Request(TASKS));

    expect(tokens).toEqual([null]);
  });

  it("is repeated once, silently, if its token has expired", async () => {
    const first = await signIn();
    answer(refusal("TOKEN_EXPIRED"));
    const response = await client.send(new Request(TASKS));

    expect(response.status).toBe(200);
    expect(browser.calls("refresh")).toBe(1);
    expect(tokens).toEqual([first, `Bearer ${await client.session.token()}`]);
    expect(tokens[1]).not.toBe(first);
  });

  it("is not repeated again if the new token is refused too", async () => {
    await signIn();
    answer(refusal("TOKEN_EXPIRED"), refusal("TOKEN_EXPIRED"));
    const response = await client.send(new Request(TASKS));

    expect(response.status).toBe(401);
    expect(tokens).toHaveLength(2);
  });

  it("shares one refresh with others that are refused", async () => {
    await signIn();
    answer(...Array.from({ length: 5 }, () => refusal("TOKEN_EXPIRED")));
    await Promise.all(Array.from({ length: 5 }, () => client.send(new Request(TASKS))));

    expect(browser.calls("refresh")).toBe(1);
    expect(tokens).toHaveLength(10);
  });

  it("ends the session here if the server has ended it", async () => {
    await signIn();
    answer(refusal("UNAUTHORIZED"));
    browser.answer("refresh", () => refusal("INVALID_REFRESH_TOKEN"));
    const response = await client.send(new Request(TASKS));

    expect(response.status).toBe(401);
    expect(client.session.state).toEqual({ status: "signed-out", user: null, reason: "ended" });
    expect(tokens).toHaveLength(1);
  });

  it("leaves the user signed in if a link from a mail is refused", async () => {
    await signIn();
    answer(refusal("UNAUTHORIZED"), refusal("UNAUTHORIZED"));
    const response = await client.send(new Request(TASKS));

    expect(response.status).toBe(401);
    expect(client.session.state.user?.id).toBe(ada.id);
  });
});

describe("a request of a former user", () => {
  it("is not repeated with the token of the next user", async () => {
    const first = await signIn();
    answer(refusal("UNAVAILABLE", 503));
    const request = new Request(TASKS, { method: "POST", headers: { "Idempotency-Key": "k" } });
    const outcome = client.send(request).catch((error: unknown) => error);
    await vi.waitFor(() => expect(client.connection.state).toBe("waiting"));
    await client.session.leave();
    await signIn(bob);

    expect(await outcome).toMatchObject({ name: "FormerUserError" });
    expect(tokens).toEqual([first]);
  });

  it("is not repeated with the token of the next user if it was refused meanwhile", async () => {
    await signIn();
    const { arrived, release } = browser.hold("tasks");
    const response = client.send(new Request(TASKS));
    await arrived;
    await client.session.leave();
    await signIn(bob);
    release(refusal("TOKEN_EXPIRED"));

    expect((await response).status).toBe(401);
    expect(browser.calls("tasks")).toBe(1);
  });

  it("gives the next user no data", async () => {
    await signIn();
    const { arrived, release } = browser.hold("audit");
    const outcomes: unknown[] = [];
    const call = client.api.GET("/api/v1/audit");
    void client.unwrap(call).then((entries) => outcomes.push(entries));
    await arrived;
    await client.session.leave();
    await signIn(bob);
    release(json({ items: [], next_cursor: null }));
    await call;
    await client.unwrap(Promise.resolve({ data: "of the next", response: new Response() }));

    expect(outcomes).toEqual([]);
  });
});

describe("while the account is being deleted", () => {
  it("holds background requests, and rejects them once it is deleted", async () => {
    await signIn();
    answer();
    let confirm = () => {};
    const deletion = new Promise<void>((resolve) => (confirm = resolve));
    const deleted = client.session.endBy("deleted", deletion);
    const repeated = client.sendOnce(new Request(TASKS));
    confirm();
    await deleted;

    await expect(repeated).rejects.toMatchObject({ name: "FormerUserError" });
    expect(tokens).toEqual([]);
    expect(client.session.state.reason).toBe("deleted");
  });

  it("sends background requests if the deletion is refused", async () => {
    const token = await signIn();
    answer();
    const deleted = client.session.endBy("deleted", Promise.reject(new Error("refused")));
    const repeated = client.sendOnce(new Request(TASKS));

    await expect(deleted).rejects.toThrow("refused");
    expect((await repeated).status).toBe(200);
    expect(tokens).toEqual([token]);
  });
});
