/** The URL of the application: the page's `<base>` without its trailing slash. */
export const BASE_URL = new URL(".", document.baseURI).href.replace(/\/$/, "");

/** The same, as a path; empty at the root of a host. */
export const BASE_PATH = new URL(".", document.baseURI).pathname.replace(/\/$/, "");
