/** How hard a password is to guess, from 0 to 4, and what to do about it. */
export interface Strength {
  score: number;
  advice: string;
}

/** The shortest password that the server accepts by default. */
const SHORTEST = 12;

const NAMES = ["Very easy to guess", "Easy to guess", "Could be better", "Good", "Very good"];

/**
 * Judged by length, repetition and other entries of the user. The server decides, and also rejects
 * common passwords.
 */
export function strengthOf(password: string, known: readonly string[] = []): Strength {
  if (password.length < SHORTEST)
    return { score: 0, advice: `${SHORTEST - password.length} more characters are needed` };
  const contained = known.find((word) => isContained(word, password));
  if (contained !== undefined)
    return { score: 1, advice: `It contains “${contained}”, which others know` };
  const variety = new Set(password.toLowerCase()).size;
  if (variety < 6) return { score: 1, advice: "Use more different characters" };
  const score = Math.min(4, 2 + Math.floor((password.length - SHORTEST) / 4));
  return { score, advice: NAMES[score] ?? "" };
}

function isContained(word: string, password: string): boolean {
  return word.length >= 4 && password.toLowerCase().includes(word.toLowerCase());
}
