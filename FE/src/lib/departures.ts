const listeners: ((teamId: string) => void)[] = [];

/** Hear of each team that one is in no more, whoever learns of it. */
export function whenLeft(listener: (teamId: string) => void): void {
  listeners.push(listener);
}

export function tellLeft(teamId: string): void {
  listeners.forEach((listener) => listener(teamId));
}
