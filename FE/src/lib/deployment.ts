import { BASE_URL } from "./api/base";

const KEY = "app.reloaded-for";

/** The script that a page begins with: its name changes with each build. */
function entryOf(page: Document): string | null {
  return page.querySelector("script[type=module][src]")?.getAttribute("src") ?? null;
}

/** The entry of the page that the server has now; `null` if it does not answer with one. */
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

/** Whether the server still has the version that this page is of. */
export async function deployment(): Promise<Deployment> {
  const served = await servedEntry();
  if (served === null) return "unreachable";
  return served === entryOf(document) ? "current" : "replaced";
}

/** Go on with the new version, once: two versions may take turns while one replaces the other. */
export async function reloadForNewVersion(): Promise<void> {
  const served = await servedEntry();
  if (served === null || sessionStorage.getItem(KEY) === served) return;
  sessionStorage.setItem(KEY, served);
  location.reload();
}
