import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decodeCharacters, encodeCharacters } from "../../data/characters.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { realData } from "../../data/testing/realData.ts";
import { generate } from "../../model/generate.ts";
import { parseRecipe } from "../../model/recipe.ts";
import { rowCount, selectRows } from "../../model/rows.ts";
import { lastTokenRow } from "../../model/sequences.ts";
import { tokenScores } from "../../model/tokenScores.ts";
import { trainMember } from "../../model/train.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { documentScores, explainToken } from "../explainToken.ts";
import { createSequenceInfluence } from "../sequenceInfluence.ts";
import { languageData } from "./languageData.ts";
import { documentLds, languageStudy, retrainedHalves } from "./languageStudy.ts";

const folder = realData("tinyshakespeare");
const scratch = mkdtempSync(join(tmpdir(), "openledger-language-"));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const LENGTH = 32;
const recipe = parseRecipe({
  format: "openledger-recipe/1",
  input: { kind: "tokens", vocabulary: 65, length: LENGTH },
  layers: [{ kind: "embedding", dimension: 16 }, { kind: "transformerBlock", heads: 2, units: 48 }, { kind: "norm" }],
  classes: 65,
  optimizer: { kind: "adam", learningRate: 0.01 },
  epochs: 8,
  batch: 16,
  seed: 5,
  members: 1,
});

describe.runIf(folder !== undefined)("a small language model of tinyshakespeare", () => {
  if (folder === undefined) return;
  const data = languageData(loadFolder(folder), { length: LENGTH, documents: 16, characters: 500 });
  const { rows, documentOfRow } = data.contributed;
  const pick = (count: number) =>
    selectRows(
      data.heldOut,
      Array.from({ length: count }, (_, i) => Math.floor((i * rowCount(data.heldOut.inputs)) / count)),
    );
  const weights = trainMember(createWasmKernels, recipe, rows, 0);
  const influence = createSequenceInfluence(createWasmKernels, recipe, weights, rows, 0.3);

  it("spends fewer bits on a character than its letters' frequencies allow", () => {
    const { bitsPerToken } = tokenScores(createWasmKernels, recipe, weights, pick(100));
    // The entropy of single characters of the text is 4.8 bits, the uniform distribution's 6.02.
    expect(bitsPerToken).toBeLessThan(4.2);
  });

  it("has documents whose influence predicts what models of half of them give", async () => {
    const queries = pick(40);
    const subject = { recipe, parent: undefined, data, queries };
    const halves = await retrainedHalves(createWasmKernels, subject, { folder: scratch, subsets: 16, seed: 1 });
    const scores = documentScores(influence.sequences(queries), documentOfRow, data.documents.length);
    const { estimate, low } = documentLds(scores, data.documents.length, halves);
    console.info(`documents of a small language model: LDS ${estimate.toFixed(3)}, 95 % from ${low.toFixed(3)}`);
    expect(low).toBeGreaterThan(0);
  });

  it("is adapted to documents, which its adapters are attributed to", async () => {
    const dataset = loadFolder(folder);
    const options = {
      dataset: { ...dataset, train: dataset.train.slice(0, 300), test: dataset.test.slice(0, 80) },
      base: parseRecipe({ ...recipe, epochs: 3 }),
      adapters: parseRecipe({
        ...recipe,
        epochs: 6,
        adapters: { kind: "lora", rank: 4, targets: ["query", "value", "output", "up", "down"] },
      }),
      ...{ documents: 12, characters: 500, queries: 40, subsets: 16, seed: 2 },
      ...{ prompt: "First Citizen:\n", added: 8, folder: join(scratch, "study") },
    };
    const study = await languageStudy(createWasmKernels, options);
    console.info(
      `adapters of a small language model: documents from ${study.bits.base.documents.toFixed(3)} to ${study.bits.adapted.documents.toFixed(3)} bits, LDS ${study.lds.estimate.toFixed(3)}, 95 % from ${study.lds.low.toFixed(3)}`,
    );
    expect(study.bits.adapted.documents).toBeLessThan(study.bits.base.documents);
    expect(study.lds.low).toBeGreaterThan(0);
    const again = await languageStudy(createWasmKernels, { ...options, onProgress: () => expect.unreachable() });
    expect(again).toEqual(study);
  });

  it("goes on from a prompt the same way every time, and names where each character comes from", () => {
    const prompt = encodeCharacters(data.vocabulary, "KING RICHARD");
    const sampling = { seed: 1, temperature: 0.8 };
    const added = generate(createWasmKernels, recipe, weights, prompt, 12, sampling);
    expect(generate(createWasmKernels, recipe, weights, prompt, 12, sampling)).toEqual(added);
    expect(decodeCharacters(data.vocabulary, added)).toHaveLength(12);
    const query = lastTokenRow(Int32Array.from([...prompt, ...added]), LENGTH);
    const { documents, sequences } = explainToken(influence, data.contributed, data.documents.length, query, 3);
    expect(documents).toHaveLength(16);
    for (const { row, document, influence: whole, positions } of sequences) {
      expect(document).toBe(documentOfRow[row]);
      expect(positions.reduce((sum, value) => sum + value, 0)).toBeCloseTo(whole, 3);
    }
    expect(sequences[0]!.influence).toBeGreaterThanOrEqual(sequences[2]!.influence);
  });
});
