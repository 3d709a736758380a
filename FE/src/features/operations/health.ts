import type { Health } from "./api/figures";

type Check = Health["checks"][string] & Record<string, unknown>;

const NAMES: Record<string, string> = {
  database: "Database",
  events: "Events",
  jobs: "Jobs",
  cache: "Cache",
  rate_limiter: "Rate limiter",
};

const UNITS: Record<string, string> = { ms: "ms", seconds: "s" };

export function nameOf(check: string): string {
  return NAMES[check] ?? check;
}

/** What is wrong, a sentence for each check that is not healthy. */
export function faultsOf({ checks }: Health): string[] {
  return Object.entries(checks)
    .filter(([, { status }]) => status !== "healthy")
    .map(([name, check]) => `${nameOf(name)}: ${reasonOf(check)}.`);
}

/** The figures of a check, such as `latency_ms: 0.4`, in words. */
export function figuresOf(check: Check): [string, string][] {
  return Object.entries(check)
    .filter(([name]) => name !== "status")
    .map(([name, value]) => {
      const [, label = name, unit] = /^(.+)_(ms|seconds)$/.exec(name) ?? [];
      return [
        label.replaceAll("_", " "),
        unit ? `${String(value)} ${UNITS[unit] ?? unit}` : String(value),
      ];
    });
}

function reasonOf(check: Check): string {
  const { status, dead, oldest_overdue_seconds: overdue } = check;
  if (typeof dead === "number" && dead > 0)
    return dead === 1 ? "1 delivery is dead" : `${dead} deliveries are dead`;
  if (typeof overdue === "number" && overdue > 0)
    return `the oldest delivery is overdue by ${Math.round(overdue)} s`;
  return status;
}
