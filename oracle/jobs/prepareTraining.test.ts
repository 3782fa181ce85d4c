import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asAddress } from "@openledger/protocol/hex.ts";
import { Wallet } from "ethers";
import { afterAll, describe, expect, it } from "vitest";
import { MEASURED_HARM_RULE } from "../attribution/judge/harmRule.ts";
import { rowExample, textExample } from "../data/example.ts";
import type { Context } from "./context.ts";
import { createContentFiles } from "./contentFiles.ts";
import { prepareSubmissions } from "./contribution.ts";
import { labelsTask } from "./labelsTask.ts";
import { accuracyOf, prepareTraining } from "./prepareTraining.ts";
import { getSubmission, putSubmission } from "./submissionFiles.ts";
import type { Contributed } from "./versionTask.ts";

const choice = { seed: 1, members: 1, epochs: 20, parentVersionId: null };
const wallet = Wallet.createRandom();
const people = Array.from({ length: 24 }, (_, i) =>
  rowExample({ age: 20 + i, ...(i % 5 > 0 && { job: i < 12 ? "clerk" : "nurse" }) }, i < 12 ? "no" : "yes"),
);
/** A category that no training row has. */
const judging = [rowExample({ age: 21.5, job: "pilot" }, "no"), rowExample({ age: 40.5 }, "yes")];

describe("a training on contributed rows", () => {
  const folder = mkdtempSync(join(tmpdir(), "openledger-rows-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const content = createContentFiles(folder, []);
  const context = { workers: 1, content } as unknown as Context;
  const contribution = (contributionId: bigint) =>
    ({ contributionId, datanetId: 1n, contributor: "0xa" }) as Contributed["train"][number]["contribution"];

  async function contributed(): Promise<Contributed> {
    const [submission] = prepareSubmissions(wallet, 1n, "train", people);
    const { contents, parts } = submission!;
    const uri = await putSubmission(content, contents);
    const read = await getSubmission(content, uri, asAddress(wallet.address), parts);
    return {
      datanetIds: [1n],
      train: read.map(({ examples }, i) => ({ contribution: contribution(BigInt(i + 1)), examples })),
      quality: [{ contribution: contribution(9n), examples: judging }],
    };
  }

  it("has a plan that every operator finds in the files again, and answers", async () => {
    const given = await contributed();
    expect(given.train.map(({ examples }) => examples.length)).toEqual([12, 12]);
    const { plan, scheme, data } = await prepareTraining(context, given, choice);
    expect(plan).toMatchObject({
      recipe: { input: { kind: "dense", width: 5 } },
      encoding: {
        columns: [
          { name: "age", number: { mean: 31.5 } },
          { name: "job", categories: ["clerk", "nurse"] },
        ],
      },
      labels: ["no", "yes"],
    });
    expect(data.duplicates).toBe(0);
    const task = await labelsTask(context, { plan, scheme }, given, () => MEASURED_HARM_RULE);
    const models = await task.train();
    expect(models).toHaveLength(1);
    expect(task.harmful()).toEqual([]);
  });

  it("is refused by operators with a plan of other means, and on several kinds of examples", async () => {
    const given = await contributed();
    const { plan, scheme } = await prepareTraining(context, given, choice);
    const fewer = { ...given, train: given.train.slice(1) };
    await expect(labelsTask(context, { plan, scheme }, fewer, () => MEASURED_HARM_RULE)).rejects.toThrow(
      /not the one that the training data give/u,
    );
    const texts = { contribution: contribution(5n), examples: [textExample("when is it open", "no")] };
    await expect(prepareTraining(context, { ...given, train: [...given.train, texts] }, choice)).rejects.toThrow(
      /one kind of examples/u,
    );
  });

  it("counts a test row with a label that the plan lacks as wrong", async () => {
    const { plan } = await prepareTraining(context, await contributed(), choice);
    const always = () => Float32Array.of(0.9, 0.1, 0.9, 0.1);
    expect(accuracyOf(plan, always, [people[0]!, rowExample({ age: 1 }, "perhaps")])).toBe(0.5);
  });
});
