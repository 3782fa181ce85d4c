import type { TextExample } from "./example.ts";

/** Consecutive speeches of plays as one document: `SPEAKER:`, what is said, and a blank line after each. */
export interface Passage {
  readonly text: string;
  /** Speakers in the order in which they first speak. */
  readonly speakers: readonly string[];
}

/** Cuts speeches, in their order, into passages of at least so many characters; what is left at the end is too short and left out. */
export function passagesOf(speeches: readonly TextExample[], characters: number): Passage[] {
  const passages: Passage[] = [];
  let text = "";
  let speakers = new Set<string>();
  for (const { input, label } of speeches) {
    text += `${label}:\n${input}\n\n`;
    speakers.add(label);
    if (text.length < characters) continue;
    passages.push({ text, speakers: [...speakers] });
    text = "";
    speakers = new Set();
  }
  return passages;
}
