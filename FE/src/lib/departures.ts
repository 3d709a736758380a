const listeners: ((teamId: string) => void)[] = [];

/** Call back for each team that the user is no longer in, whichever part notices it. */
export function onTeamLeft(listener: (teamId: string) => void): void {
  listeners.push(listener);
}

export function reportTeamLeft(teamId: string): void {
  listeners.forEach((listener) => listener(teamId));
}
