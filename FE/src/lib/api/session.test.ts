import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Browser, ada, bob, json, signInOf } from "./testing/browser";

let browser: Browser;

beforeEach(() => {
  browser = new Browser();
});

afterEach(() => browser.close());

describe("tabs whose token expires at the same moment", () => {
  it("refresh it once, and all have the new one", async () => {
    const tabs = await browser.openTabs(6, ada);
    browser.passTime(16);

    const tokens = await Promise.all(tabs.map((tab) => tab.token()));

    expect(browser.calls("refresh")).toBe(1);
    expect(new Set(tokens).size).toBe(1);
  });

  it("do so again when the next one expires", async () => {
    const tabs = await browser.openTabs(3, ada);
    for (const round of [1, 2, 3]) {
      browser.passTime(16);
      await Promise.all(tabs.map((tab) => tab.token()));
      expect(browser.calls("refresh")).toBe(round);
    }
  });

  it("are signed out together if the session has ended", async () => {
    const tabs = await browser.openTabs(3, ada);
    browser.passTime(16);
    browser.answer("refresh", () => json({ error: "over", code: "INVALID_REFRESH_TOKEN" }, 401));

    await Promise.all(tabs.map((tab) => tab.token()));

    await vi.waitFor(() =>
      expect(tabs.map(({ state }) => state.reason)).toEqual(["ended", "ended", "ended"]),
    );
    expect(browser.calls("refresh")).toBe(1);
  });
});

describe("a page load", () => {
  it("sends no request if no user is signed in", async () => {
    const tab = browser.openTab();
    await tab.restore();

    expect(tab.state.status).toBe("signed-out");
    expect(browser.requests).toEqual([]);
  });

  it("restores the session of a sign-in with another provider", async () => {
    await browser.signIn(ada);
    localStorage.setItem("app.session", "expected");
    const [tab, other] = [browser.openTab(), browser.openTab()];
    await Promise.all([tab.restore(), other.restore()]);

    expect([tab.state.user, other.state.user]).toEqual([ada, ada]);
    expect(browser.calls("refresh")).toBe(1);
  });

  it("is signed out if that sign-in failed", async () => {
    localStorage.setItem("app.session", "expected");
    browser.answer("refresh", () => json({ error: "none", code: "INVALID_REFRESH_TOKEN" }, 401));
    const tab = browser.openTab();
    await tab.restore();

    expect(tab.state).toEqual({ status: "signed-out", user: null, reason: null });
    await browser.openTab().restore();
    expect(browser.calls("refresh")).toBe(1);
  });

  it("takes the token of another tab", async () => {
    await browser.signIn(ada);
    const tab = browser.openTab();
    await tab.restore();

    expect(tab.state.user?.id).toBe(ada.id);
    expect(browser.calls("refresh")).toBe(0);
  });

  it("refreshes once although it is started twice", async () => {
    browser.rememberSession();
    browser.answer("refresh", () => json(signInOf(ada)));
    const tab = browser.openTab();
    await Promise.all([tab.restore(), tab.restore()]);

    expect(browser.calls("refresh")).toBe(1);
    expect(tab.state.user?.id).toBe(ada.id);
  });

  it("works where the browser blocks its storage", async () => {
    browser.blockStorage();
    const tab = browser.openTab();
    await tab.restore();
    await tab.begin(() => Promise.resolve(signInOf(ada)));

    expect(await tab.token()).toMatch(/ada/);
  });
});

describe("signing out", () => {
  it("signs out every tab", async () => {
    const tabs = await browser.openTabs(3, ada);
    await tabs[0].leave();

    await vi.waitFor(() =>
      expect(tabs.map(({ state }) => state.status)).toEqual(Array(3).fill("signed-out")),
    );
    expect(browser.calls("logout")).toBe(1);
  });

  it("wins against a refresh under way in another tab", async () => {
    const [first, second] = await browser.openTabs(2, ada);
    const refresh = browser.hold("refresh");
    browser.passTime(16);
    const token = second.token();
    await refresh.arrived;
    const left = first.leave();
    refresh.release(json(signInOf(ada)));

    await Promise.all([token, left]);

    await vi.waitFor(() =>
      expect([first.state.status, second.state.status]).toEqual(["signed-out", "signed-out"]),
    );
    expect(browser.requests.at(-1)).toBe("logout");
    expect(browser.isRemembered).toBe(false);
  });

  it("reaches a server that failed before the next user signs in", async () => {
    const tab = await browser.signIn(ada);
    browser.answer("logout", () => json({}, 500));
    await tab.leave();
    expect(tab.state.status).toBe("signed-out");

    browser.answer("logout", () => new Response(null, { status: 204 }));
    await tab.begin(() => {
      browser.requests.push("login");
      return Promise.resolve(signInOf(bob));
    });

    expect(browser.requests).toEqual(["logout", "logout", "login"]);
  });

  it("reaches the server when the tab is back online", async () => {
    const tab = await browser.signIn(ada);
    browser.answer("logout", () => json({}, 500));
    await tab.leave();
    browser.answer("logout", () => new Response(null, { status: 204 }));
    tab.wakeUp();
    tab.wakeUp();

    await vi.waitFor(() => expect(browser.calls("logout")).toBe(2));
    await tab.begin(() => Promise.resolve(signInOf(ada)));
    expect(browser.calls("logout")).toBe(2);
  });

  it("is noticed by a tab that slept", async () => {
    const tab = await browser.signIn(ada);
    browser.forgetSession();
    tab.wakeUp();

    expect(tab.state.status).toBe("signed-out");
  });
});

describe("a change of user", () => {
  it("reaches a tab that slept", async () => {
    const [awake, asleep] = await browser.openTabs(2, ada);
    browser.sleep(asleep);
    await awake.leave();
    await awake.begin(() => Promise.resolve(signInOf(bob)));
    browser.wake(asleep);

    await vi.waitFor(() => expect(asleep.state.user?.id).toBe(bob.id));
  });

  it("settles nothing that the former user began", async () => {
    const tab = await browser.signIn(ada);
    const outcomes: string[] = [];
    outcomes.push(await tab.whileHere(Promise.resolve("before")));
    const { arrived, release } = browser.hold("tasks");
    void tab.whileHere(fetch("/api/v1/tasks")).then(() => outcomes.push("late"));
    await arrived;
    await tab.leave();
    release(json({}));
    await tab.begin(() => Promise.resolve(signInOf(bob)));
    outcomes.push(await tab.whileHere(Promise.resolve("next")));

    expect(outcomes).toEqual(["before", "next"]);
  });

  it("does not count the same user who signs in again after the session ended", async () => {
    const tab = await browser.signIn(ada);
    const { visit } = tab;
    tab.end("ended");
    await tab.begin(() => Promise.resolve(signInOf(ada)));
    expect(tab.visit).toBe(visit);

    tab.end("ended");
    await tab.begin(() => Promise.resolve(signInOf(bob)));
    expect(tab.visit).not.toBe(visit);
  });
});
