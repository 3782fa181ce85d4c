import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { afterAll, describe, expect, it } from "vitest";
import { type AnyExample, textExample } from "../data/example.ts";
import { documentExample, pairExample } from "../data/written/written.ts";
import { createSpanFinder } from "./answerSpans.ts";
import { createContentFiles } from "./contentFiles.ts";
import type { Context } from "./context.ts";
import { contentRootOf, putSubmission } from "./submissionFiles.ts";

const folder = mkdtempSync(join(tmpdir(), "openledger-spans-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const content = createContentFiles(join(folder, "content"), []);
const common = { language: "en", source: "s" };
const tea = documentExample({ text: "Steep green tea for two minutes. Never let the water boil.", ...common });
const fever = pairExample({
  question: "What helps?",
  passage: "Cold water on the wrist helps against fever.",
  ...common,
});

/** A version of one Datanet, in which contribution i holds the examples at i. */
async function finderOver(contributed: readonly (readonly AnyExample[])[]) {
  const contributor = (i: number) => asAddress(`0x${String(i + 1).repeat(40)}`);
  const submissions = await Promise.all(
    contributed.map(async (examples, i) => {
      const part = { examples, salts: examples.map((_, e) => asHash(`0x${String(e + 1).repeat(64)}`)) };
      return {
        ...{ submissionId: BigInt(i + 1), contributor: contributor(i), uri: await putSubmission(content, [part]) },
        parts: [{ contentRoot: contentRootOf(contributor(i), part), examples: examples.length }],
      };
    }),
  );
  const contributions = submissions.map(({ submissionId, contributor: by }) => ({
    ...{ contributionId: submissionId, submissionId, part: 0, contributor: by, kind: "train" },
  }));
  const view = {
    versions: async () => [{ versionId: 5n, snapshotIds: [1n] }],
    snapshot: async () => ({ snapshotId: 1n, datanetId: 7n }),
    contributionsIn: async () => contributions,
    contributions: async () => contributions,
    submissions: async () => submissions,
  };
  return createSpanFinder({ view, content } as unknown as Context);
}

describe("where the words of an answer come from", () => {
  it("is not asked of a label, and nowhere in labelled examples", async () => {
    const spansOf = await finderOver([[textExample("Steep green tea for two minutes.", "tea")]]);
    expect(await spansOf(5n, { label: "tea", confidence: 1 })).toEqual([]);
    expect(
      await spansOf(5n, { reply: "Steep green tea for two minutes.", inferences: [], inferencesRoot: "0x00" }),
    ).toEqual([]);
  });

  it("is the first contribution that holds them, with how many do", async () => {
    const spansOf = await finderOver([[fever], [tea], [tea]]);
    const reply = "Do steep green tea for two minutes; cold water on the wrist helps too.";
    const spans = await spansOf(5n, { reply, inferences: [], inferencesRoot: "0x00" });
    expect(spans.map(({ text, contributionId, occurrences }) => [text, contributionId, occurrences])).toEqual([
      ["cold water on the wrist helps", 1n, 1],
      ["steep green tea for two minutes", 2n, 2],
    ]);
    expect(spans[0]!.contributor).toBe(`0x${"1".repeat(40)}`);
  });
});
