import { BASE_URL } from "./api/base";

const KEY = "app.reloaded-for";

/** The entry script of a page: its name changes with each build. */
function entryOf(page: Document): string | null {
  return page.querySelector("script[type=module][src]")?.getAttribute("src") ?? null;
}

/** The entry of the page that the server serves now; `null` if it serves none. */
async function servedEntry(): Promise<string | null> {
  try {
    const response = await fetch(`${BASE_URL}/`, { headers: { Accept: "text/html" } });
    if (!response.ok) return null;
    return entryOf(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    return null;
  }
}

export type Deployment = "current" | "replaced" | "unreachable";

/** Whether the server still serves the version of this page. */
export async function deployment(): Promise<Deployment> {
  const served = await servedEntry();
  if (served === null) return "unreachable";
  return served === entryOf(document) ? "current" : "replaced";
}

/** Reload for a new version, once: during a rollout two versions may alternate. */
export async function reloadForNewVersion(): Promise<void> {
  const served = await servedEntry();
  if (served === null || sessionStorage.getItem(KEY) === served) return;
  sessionStorage.setItem(KEY, served);
  location.reload();
}
