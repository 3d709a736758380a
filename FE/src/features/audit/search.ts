import type { TrailFilters } from "./api/trail";

const NAMES = ["actor", "subject", "event", "request", "since", "until"] as const;

/** The trail's filters in the URL of the page. */
export type TrailSearch = Partial<Record<(typeof NAMES)[number], string | undefined>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LONGEST = 255;

/** Parse the search of a URL, which may hold anything. The router drops what is undefined. */
export function trailSearchOf(search: Record<string, unknown>): TrailSearch {
  return Object.fromEntries(NAMES.map((name) => [name, valueOf(name, search[name])]));
}

function valueOf(name: (typeof NAMES)[number], value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value).trim().slice(0, LONGEST);
  const isTime = name === "since" || name === "until";
  return text === "" || (isTime && isNaN(Date.parse(text))) ? undefined : text;
}

/** The API's query parameters for a search. An actor that is no id is left out. */
export function trailFiltersOf(search: TrailSearch): TrailFilters {
  const { actor, subject, event, request, since, until } = search;
  return {
    ...(isId(actor) && { actor_id: actor }),
    ...(subject && { subject_id: subject }),
    ...(event && { event_name: event }),
    ...(request && { request_id: request }),
    ...(since && { since: new Date(since).toISOString() }),
    ...(until && { until: new Date(until).toISOString() }),
  };
}

export function isId(text: string | undefined): text is string {
  return text !== undefined && UUID.test(text);
}

export function isFiltered(search: TrailSearch): boolean {
  return NAMES.some((name) => search[name] !== undefined);
}
