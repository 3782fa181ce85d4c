import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtempSync } from "node:fs";
import { asAddress } from "@openledger/protocol/hex.ts";
import { Wallet } from "ethers";
import { describe, expect, it } from "vitest";
import { documentExample, pairExample } from "../data/written/written.ts";
import { createContentFiles } from "./contentFiles.ts";
import { MAX_PARTS, partsOf, prepareSubmissions } from "./contribution.ts";
import { getSubmission, putSubmission } from "./submissionFiles.ts";

const wallet = new Wallet(`0x${"7".repeat(64)}`);
const text = (source: string, n: number) => documentExample({ text: `words ${n}`, language: "en", source });
const pair = (source: string, n: number) =>
  pairExample({ question: `which words ${n}?`, passage: `these ${n}`, language: "en", source });

describe("documents and questions of the same sources", () => {
  const examples = [pair("south", 1), text("south", 2), text("north", 3), pair("south", 4), text("south", 5)];
  const submissions = prepareSubmissions(wallet, 1n, "train", examples);

  it("become a submission for each kind, with a part for each source, whatever comes first", () => {
    const texts = [[examples[2]], [examples[1], examples[4]]];
    const pairs = [[examples[0], examples[3]]];
    expect(submissions.map(({ contents }) => contents.map((part) => part.examples))).toEqual([texts, pairs]);
    expect(submissions.map(({ parts }) => parts.map((part) => part.examples))).toEqual([[1, 2], [2]]);
    expect(partsOf(examples)).toEqual([...texts, ...pairs]);
  });

  it("are published, and are read as they were registered", async () => {
    const content = createContentFiles(mkdtempSync(join(tmpdir(), "submissions-")), []);
    for (const { contents, parts } of submissions) {
      const uri = await putSubmission(content, contents);
      expect(await getSubmission(content, uri, asAddress(wallet.address), parts)).toEqual(contents);
    }
  });
});

it("makes another submission where parts are too many for one, and none of nothing", () => {
  const examples = Array.from({ length: MAX_PARTS + 2 }, (_, i) => text(`source ${i}`, i));
  expect(prepareSubmissions(wallet, 1n, "train", examples).map(({ parts }) => parts.length)).toEqual([MAX_PARTS, 2]);
  expect(prepareSubmissions(wallet, 1n, "train", [])).toEqual([]);
});
