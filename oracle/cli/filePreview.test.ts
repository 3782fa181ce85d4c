import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { asHash, asAddress } from "@openledger/protocol/hex.ts";
import { describe, expect, it, onTestFinished } from "vitest";
import { configOf } from "./session.ts";
import { toJson } from "../common/json.ts";
import { type Example, textExample } from "../data/example.ts";
import { loadFile } from "../data/loadFile.ts";
import { tempFolder } from "../data/testing/tempFolder.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import { contentRootOf, putSubmission } from "../jobs/submissionFiles.ts";
import { checkCommand } from "./check.ts";
import { contributedExamples } from "./contributed.ts";
import { describePreview, previewFile, readDataFile } from "./dataFile.ts";
import { createOutput } from "./output.ts";
import { runProgram } from "./program.ts";

const CONTRIBUTOR = asAddress("0x00000000000000000000000000000000000000aa");
const ROWS = [
  "question;intent;id",
  "Where is my new card?;lost_card;1",
  "where is my NEW card;lost card;2",
  "What is the rate today?;rate;3",
  "Can I pay by cheque?;pay;4",
].join("\r\n");

const fileOf = (contents: string) => join(tempFolder({ "rows.csv": contents }), "rows.csv");
const preview = (contents: string, contributed?: readonly Example[]) => {
  const file = fileOf(contents);
  return describePreview(previewFile(file, loadFile(file, { skipBad: true }), contributed)).replaceAll(
    file,
    "rows.csv",
  );
};

describe("the preview of a file", () => {
  it("says how it was read, what it holds, and what to look at before paying", () => {
    const contributed = [textExample("what is the rate today", "rate")];
    expect(preview(`${ROWS}\r\n;rate;5`, contributed).split("\n")).toEqual([
      "rows.csv: CSV, fields separated by semicolons",
      'text from "question", label from "intent"; described by "id" (guessed: --text-column and --label-column name others)',
      "left out: rows.csv:6: the text is blank; a text is a string of 1 to 65536 characters; fill it in or leave the row out",
      "4 examples, 4 labels: lost card 1, lost_card 1, pay 1, rate 1",
      "warning: 1 examples repeat others of the file, 1 what the Datanet holds: they earn nothing and cost as much",
      'warning: "Where is my new card?" is labelled "lost_card" and "lost card"',
      'warning: the labels "lost_card" and "lost card" look alike and count as different',
    ]);
  });

  it("has no warning for a file as it should be, and shows no character that a terminal obeys", () => {
    expect(preview("text,label\none thing,a\nanother matter,b\n")).not.toContain("warning");
    expect(preview("text,label\nred \u001b[31m\u202e text,a\nred \u001b[31m\u202e text,b\n")).not.toMatch(
      /[\u001b\u202e]/u,
    );
  });

  it("says what the columns of a table with a target are taken for", () => {
    const file = fileOf("id,age,job,class\n1,39,clerk,a\n2,40,nurse,b\n3,40,nurse,b\n");
    const loaded = readDataFile(file, { target: "class", skipBad: false });
    expect(
      describePreview(previewFile(file, loaded, []))
        .split("\n")
        .slice(1),
    ).toEqual([
      '"class" from numbers "age"; categories "job"; left out "id"',
      "3 examples, 2 labels: b 2, a 1",
      "warning: 1 examples repeat others of the file, 0 what the Datanet holds: they earn nothing and cost as much",
    ]);
  });

  it("is what `check --file` prints, with the columns that were named", async () => {
    const lines: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text) => lines.push(String(text)) > 0;
    onTestFinished(() => void (process.stdout.write = write));
    const file = fileOf("a,b,c\none thing,x,1\nanother matter,y,2\n");
    const status = await runProgram(
      ["--json", "check", "--file", file, "--text-column", "a", "--label-column", "b"],
      [checkCommand],
    );
    process.stdout.write = write;
    expect(status).toBe(0);
    expect(JSON.parse(lines.join(""))).toMatchObject({
      examples: 2,
      columns: { text: "a", label: "b", others: ["c"], guessed: false },
      labels: [
        { label: "x", examples: 1 },
        { label: "y", examples: 1 },
      ],
    });
  });
});

describe("what a Datanet holds", () => {
  const part = (...texts: string[]) => ({
    examples: texts.map((text) => textExample(text, "a")),
    salts: texts.map(() => asHash(`0x${"11".repeat(32)}`)),
  });
  const parts = [part("accepted"), part("rejected"), part("judged by")];

  /** An operator that knows one submission of three parts, the second rejected, and one whose files nobody has. */
  async function operator(): Promise<string> {
    const folder = tempFolder();
    const files = createContentFiles(folder, []);
    const uri = await putSubmission(files, parts);
    const known = {
      sponsor: `0x${"0".repeat(40)}`,
      ...{ submissionId: 1n, datanetId: 1n, contributor: CONTRIBUTOR, firstContributionId: 1n, uri, acceptedMask: 5n },
      parts: parts.map((content, p) => ({
        kind: p === 2 ? "quality" : "train",
        contentRoot: contentRootOf(CONTRIBUTOR, content),
        examples: 1,
      })),
    };
    const lost = { ...known, submissionId: 2n, uri: "bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    const server = createServer((request, response) => {
      const url = request.url!;
      if (url.startsWith("/v1/submissions")) response.end(toJson({ submissions: [known, lost] }));
      else {
        void files.find(url.slice("/ipfs/".length)).then((bytes) => {
          response.statusCode = bytes === undefined ? 404 : 200;
          response.end(bytes);
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("is fetched and checked, quality first, without what was rejected; what nobody serves is said", async () => {
    const said: string[] = [];
    const output = { ...createOutput(false), say: (text: string) => said.push(text) };
    const held = await contributedExamples({ config: configOf({}), output }, await operator(), 1n);
    expect(held?.map(({ input }) => input)).toEqual(["judged by", "accepted"]);
    expect(said).toEqual(["note: not compared with 1 submissions whose files nobody serves now"]);
  });

  it("is unknown without an operator, and that is no error", async () => {
    const said: string[] = [];
    const output = { ...createOutput(false), say: (text: string) => said.push(text) };
    expect(await contributedExamples({ config: configOf({}), output }, "http://127.0.0.1:9", 1n)).toBeUndefined();
    expect(said[0]).toContain("not compared with what the Datanet holds");
  });
});
