import { shown } from "../errors.ts";
import type { TextExample } from "../example.ts";
import { textExample } from "../example.ts";
import { readTextBytes } from "./bytes.ts";
import type { RowPolicy } from "./rows.ts";
import { goodRow, malformedRow } from "./rows.ts";
import { fileExample } from "./tableExamples.ts";

/**
 * Speeches of a plain-text play: blocks separated by blank lines, the first line "SPEAKER:", the others what is said.
 * The speaker is the label. A speaker's line with nothing after it (a silent cue) is no speech and is passed over.
 *
 * @throws DataError with file and line of the first block without a speaker, unless the policy skips bad rows.
 */
export function readSpeeches(file: string, policy: RowPolicy): TextExample[] {
  const speeches: TextExample[] = [];
  let line = 1;
  for (const block of linesOf(readTextBytes(file)).split("\n\n")) {
    const row = line;
    line += block.split("\n").length + 1;
    const [cue = "", ...said] = block.trim().split("\n");
    if (cue === "" || (cue.endsWith(":") && said.length === 0)) continue;
    const speech = goodRow(policy, file, row, () => {
      if (!cue.endsWith(":")) {
        throw malformedRow(
          shown(cue),
          'a block begins with "SPEAKER:"',
          "add the speaker, or remove the blank line before",
        );
      }
      return textExample(said.join("\n"), cue.slice(0, -1));
    });
    if (speech !== undefined) speeches.push(speech);
  }
  return speeches;
}

/**
 * Plain text as examples: one per paragraph (paragraphs are separated by blank lines), all with one label.
 *
 * @param label subject of the whole file.
 */
export function readParagraphs(file: string, bytes: Buffer, label: string, policy: RowPolicy): TextExample[] {
  const paragraphs: TextExample[] = [];
  let line = 1;
  for (const block of linesOf(bytes).split(/\n[^\S\n]*\n/)) {
    const row = line;
    line += block.split("\n").length + 1;
    if (block.trim() === "") continue;
    const paragraph = goodRow(policy, file, row, () => fileExample(block.trim(), label));
    if (paragraph !== undefined) paragraphs.push(paragraph);
  }
  return paragraphs;
}

/** The text with LF at the end of every line, whatever ended it. */
function linesOf(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/\r\n?/gu, "\n");
}
