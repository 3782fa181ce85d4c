import { describe, expect, it } from "vitest";
import { isPrinted, runTranscript, transcriptOf } from "./transcript.ts";

const page = [
  "Text before.",
  "```console",
  "$ export NAME=ada",
  "$ cat > greeting.txt <<'END'",
  "> hello",
  ">",
  "> END",
  "$ cat greeting.txt && echo $NAME",
  "hello",
  "",
  "ada",
  "```",
  "```",
  "$ this is no transcript",
  "```",
].join("\n");

describe("a transcript", () => {
  it("has the commands of console blocks, continued lines, and what they print", () => {
    const steps = transcriptOf(page);
    expect(steps.map(({ command }) => command)).toEqual([
      "export NAME=ada",
      "cat > greeting.txt <<'END'\nhello\n\nEND",
      "cat greeting.txt && echo $NAME",
    ]);
    expect(steps[2]!.printed).toEqual(["hello", "", "ada"]);
    expect(() => transcriptOf("```console\nprinted by nobody\n```\n")).toThrow(/begins with a command/u);
  });

  it("runs in one shell, and ends at the first command that fails", async () => {
    const outcomes = await runTranscript(transcriptOf(page), {});
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(outcomes[2]!.printed).toEqual(["hello", "", "ada"]);
    const failing = transcriptOf("```console\n$ echo one >&2\n$ false\n$ echo never\n```\n");
    expect(await runTranscript(failing, {})).toEqual([
      { command: "echo one >&2", status: 0, printed: ["one"] },
      { command: "false", status: 1, printed: [] },
    ]);
  });

  it("prints what the page shows, with anything for an ellipsis", () => {
    expect(isPrinted(["a … c", "…", "end."], ["a b c", "x", "y", "end."])).toBe(true);
    expect(isPrinted(["a …", "…"], ["a b"])).toBe(true);
    expect(isPrinted(["a …"], ["a b", "more"])).toBe(false);
    expect(isPrinted(["a"], [])).toBe(false);
    expect(isPrinted(["end."], ["ends"])).toBe(false);
    expect(isPrinted(["200 {", "…", "}"], ["200 {", "  ok: 1", "}"])).toBe(true);
  });
});
