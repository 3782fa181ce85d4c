import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MEASURED_HARM_RULE } from "../attribution/judge/harmRule.ts";
import { parseScheme } from "../attribution/scheme.ts";
import { type Question, rowExample, textExample } from "../data/example.ts";
import { importBert } from "../model/bert/importBert.ts";
import { tinyBertFiles } from "../model/bert/testing/tinyBert.ts";
import type { Weights } from "../model/weights.ts";
import type { Context } from "./context.ts";
import { createBaseEncoders } from "./bases/baseEncoders.ts";
import { putBase } from "./bases/baseFiles.ts";
import { createContentFiles } from "./contentFiles.ts";
import { defaultRecipe } from "./defaultRecipe.ts";
import { labelsTask } from "./labelsTask.ts";
import { putProjections } from "./projectionFiles.ts";
import type { ReceiptRecord } from "./receiptFiles.ts";
import { encodingOf, inputOf, openBaseOf } from "./trainingData.ts";
import type { Contributed, OpenedIndex, VersionTask } from "./versionTask.ts";

const labels = ["refund", "transfer"];
const questions = {
  refund: ["Where is my money back?", "The shop owes me a refund", "I want my refund now", "Give back what I paid"],
  transfer: ["Send money to my landlord", "How do I wire money abroad?", "Transfer ten to Ann", "Wire the rent"],
};
const texts = labels.flatMap((label) =>
  questions[label as keyof typeof questions].map((text) => textExample(text, label)),
);
const rows = labels.flatMap((label, l) =>
  [0, 1, 2, 3].map((i) => rowExample({ amount: 10 * l + i, channel: ["mail", "phone"][(l + (i >> 1)) % 2] }, label)),
);

function answered({ kind, input }: Question, label: string): ReceiptRecord {
  return { request: { kind, input }, answer: { label, confidence: 0 } } as unknown as ReceiptRecord;
}

describe.each(["n-grams", "a base", "rows"])("a version that answers with labels, by %s", (by) => {
  const examples = by === "rows" ? rows : texts;
  const [own, curated] = [examples.filter((_, i) => i % 4 !== 0), examples.filter((_, i) => i % 4 === 0)];
  let folder: string;
  let task: VersionTask;
  let models: readonly Weights[];
  let index: OpenedIndex;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "openledger-test-"));
    const content = createContentFiles(join(folder, "content"), []);
    const bases = createBaseEncoders(content, join(folder, "vectors"));
    const contribution = (contributionId: bigint, contributor: string) =>
      ({ contributionId, datanetId: 1n, contributor }) as Contributed["train"][number]["contribution"];
    const hash = by === "a base" ? await putBase(content, importBert(tinyBertFiles(1))) : undefined;
    const encoding = encodingOf(own, hash);
    const base = await openBaseOf({ encoding }, { bases }, [{ examples: own }]);
    const recipe = defaultRecipe(
      inputOf(encoding, own, base),
      labels.length,
      { seed: 1, members: 1, epochs: 12 },
      own[0]!.kind,
    );
    const plan = { format: "openledger-plan/1", recipe, encoding, labels, parentVersionId: null } as const;
    const scheme = parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1", rank: 32 });
    const contributed = {
      datanetIds: [1n],
      train: [{ contribution: contribution(1n, "0xa"), examples: own }],
      quality: [{ contribution: contribution(2n, "0xb"), examples: curated }],
    };
    const context = { workers: 1, content, bases } as unknown as Context;
    task = await labelsTask(context, { plan, scheme }, contributed, () => MEASURED_HARM_RULE);
    models = await task.train();
    const { projections, k } = await task.buildIndex(models);
    index = { projections: await putProjections(content, projections), k };
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** The length of ψ for each record. */
  async function lengths(records: readonly ReceiptRecord[], of = models): Promise<number[]> {
    const psi = await task.queryFeatures(of, index, records);
    expect(psi.length).toBe(records.length * index.k);
    return records.map((_, q) => Math.hypot(...psi.subarray(q * index.k, (q + 1) * index.k)));
  }

  const [, asked] = examples;
  const { label } = asked!;
  const other = labels.find((one) => one !== label)!;

  it("owes nothing for an answer that it does not give, whatever the receipt says", async () => {
    const [right, wrong, again] = await lengths([
      answered(asked!, label),
      answered(asked!, other),
      answered(asked!, label),
    ]);
    expect(right).toBeGreaterThan(0);
    expect(wrong).toBe(0);
    expect(again).toBe(right);
    expect(await lengths([answered(asked!, other)])).toEqual([0]);
    expect(await lengths([])).toEqual([]);
  });

  it("gives each answer the same bits, however many are asked about at once", async () => {
    const records = examples.slice(0, 5).flatMap((one) => labels.map((label) => answered(one, label)));
    const whole = await task.queryFeatures(models, index, records);
    for (const size of [1, 3, 7]) {
      const parts: Float64Array[] = [];
      for (let at = 0; at < records.length; at += size) {
        parts.push(await task.queryFeatures(models, index, records.slice(at, at + size)));
      }
      expect(parts.flatMap((part) => [...part])).toEqual([...whole]);
    }
    expect(whole.some((value) => value !== 0)).toBe(true);
  });

  it("owes nothing where its weights are out of range, and stops nobody", async () => {
    const huge = models.map((weights) =>
      weights.map((tensor) => ({ ...tensor, values: tensor.values.map((value) => value * 1e37) })),
    );
    expect(await lengths([answered(asked!, label)], huge)).toEqual([0]);
  });
});
