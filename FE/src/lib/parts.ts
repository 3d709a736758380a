import { type Deployment, deployment } from "./deployment";

export type Failure = "offline" | Deployment;
export type Outcome<Content> = { content: Content } | { failure: Failure };

/** How browsers and Vite report a file that cannot be loaded. */
const MISSING = /dynamically imported module|importing a module script|preload CSS/i;

/** A part of the application that is a file of its own, loaded when it is needed. */
export class Part<Content> {
  #loading: Promise<Outcome<Content>> | null = null;
  #content: Content | null = null;

  constructor(private readonly importContent: () => Promise<Content>) {}

  get content(): Content | null {
    return this.#content;
  }

  /** At most one attempt at a time; after a failure the next call is a new attempt. */
  load(): Promise<Outcome<Content>> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** A browser may never load again what failed once: then the page has to reload. */
  async retry(): Promise<Outcome<Content>> {
    const outcome = await this.load();
    if ("failure" in outcome && ["current", "replaced"].includes(outcome.failure))
      location.reload();
    return outcome;
  }

  async #load(): Promise<Outcome<Content>> {
    if (this.#content !== null) return { content: this.#content };
    // not even tried: see `retry`
    if (!navigator.onLine) return { failure: "offline" };
    try {
      this.#content = await this.importContent();
      return { content: this.#content };
    } catch (error) {
      if (!(error instanceof Error && MISSING.test(error.message))) throw error;
      return { failure: await deployment() };
    }
  }
}

// Vite treats a stylesheet as loaded if its element exists
addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLLinkElement) target.remove();
  },
  true,
);

const waiting: (() => Promise<unknown>)[] = [];
let isIdleTimeUsed = false;

/** Load something before it is needed: once the page is drawn and the browser is idle. */
export function loadWhenIdle(load: () => Promise<unknown>): void {
  waiting.push(load);
  if (isIdleTimeUsed && waiting.length === 1) loadNext();
}

/** Called once the page is drawn. */
export function startLoadingWhenIdle(): void {
  if (isIdleTimeUsed) return;
  isIdleTimeUsed = true;
  loadNext();
}

function loadNext(): void {
  const [load] = waiting;
  if (load === undefined) return;
  whenIdle(() => {
    const next = () => {
      waiting.shift();
      loadNext();
    };
    load().then(next, next);
  });
}

function whenIdle(task: () => void): void {
  // Safari has no such function
  if ("requestIdleCallback" in globalThis) requestIdleCallback(task);
  else setTimeout(task, 200);
}
