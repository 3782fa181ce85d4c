import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createCertificate } from "../attribution/evaluate/certificate.ts";
import type { FidelityStudy } from "../attribution/evaluate/fidelityStudy.ts";
import { developmentWallet } from "../chain/wallet.ts";
import { tempFolder } from "../data/testing/tempFolder.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import type { Context } from "../jobs/context.ts";
import { requireFaithfulNumerics } from "../jobs/faithfulNumerics.ts";
import { signDigest } from "../jobs/signAndGather.ts";
import { putWeights } from "../jobs/versionFiles.ts";
import { argmaxRows, predict } from "../model/predict.ts";
import { bagRows, denseRows, smallModels } from "../model/testing/smallModels.ts";
import { trainMember } from "../model/train.ts";
import { createWasmKernels } from "../numerics/wasmKernels.ts";
import { nativeAbsence } from "./loadNative.ts";
import { trainNative } from "./nativeRetrainer.ts";

/** Both are float32 and start alike; what is left are roundings that training carries on. */
const WEIGHTS_TOLERANCE = 1e-4;
const PROBABILITY_TOLERANCE = 1e-4;

const absence = nativeAbsence();
if (absence !== undefined) console.warn(`skipped: ${absence}`);

describe.skipIf(absence !== undefined)("native TensorFlow", () => {
  it.each(smallModels())("trains a $name to the weights and answers of the canonical profile", ({ recipe, rows }) => {
    const weights = trainMember(createWasmKernels, recipe, rows, 1);
    const unseen = rows.inputs.kind === "dense" ? denseRows(90, rows.inputs.width, 21) : bagRows(90, 50, 21);
    const canonical = predict(createWasmKernels, recipe, weights, unseen.inputs).probabilities;
    const model = trainNative(recipe, rows, 1);
    try {
      expect(model.distanceTo(weights)).toBeLessThan(WEIGHTS_TOLERANCE);
      const native = model.predict(unseen.inputs).probabilities;
      native.forEach((value, i) => expect(Math.abs(value - canonical[i]!)).toBeLessThan(PROBABILITY_TOLERANCE));
      expect(argmaxRows(native, recipe.classes)).toEqual(argmaxRows(canonical, recipe.classes));
    } finally {
      model.close();
    }
  });

  it("leaves the canonical bits as they were", () => {
    const { recipe, rows } = smallModels()[1]!;
    const before = trainMember(createWasmKernels, recipe, rows, 0);
    trainNative(recipe, rows, 0).close();
    expect(trainMember(createWasmKernels, recipe, rows, 0)).toEqual(before);
  });

  it("keeps the process from signing and publishing", async () => {
    const { recipe, rows } = smallModels()[0]!;
    const weights = trainMember(createWasmKernels, recipe, rows, 0);
    trainNative(recipe, rows, 0).close();
    const refusal = /a process that has loaded native TensorFlow signs and publishes nothing/u;
    const folder = tempFolder();
    await expect(requireFaithfulNumerics()).rejects.toThrow(refusal);
    expect(() => createCertificate({} as FidelityStudy)).toThrow(refusal);
    await expect(putWeights(createContentFiles(folder, []), [weights])).rejects.toThrow(refusal);
    const context = { key: { wallet: developmentWallet(0) }, signatures: { add: () => expect.unreachable() } };
    await expect(signDigest(context as unknown as Context, `0x${"11".repeat(32)}`)).rejects.toThrow(refusal);
    expect(readdirSync(folder)).toEqual([]);
  });
});
