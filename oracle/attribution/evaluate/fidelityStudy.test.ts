import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example } from "../../data/example.ts";
import { loadFolder } from "../../data/loadFolder.ts";
import { defaultOptions } from "../../data/scenario/defaultOptions.ts";
import { groupBySubject } from "../../data/scenario/groupBySubject.ts";
import { createScenario } from "../../data/scenario/scenario.ts";
import { qualityRows, versionData } from "../../jobs/versionData.ts";
import type { Plan } from "../../jobs/versionFiles.ts";
import { parseRecipe } from "../../model/recipe.ts";
import { denseRows } from "../../model/testing/smallModels.ts";
import { trainMember } from "../../model/train.ts";
import { randomStream } from "../../numerics/random.ts";
import { createWasmKernels } from "../../numerics/wasmKernels.ts";
import { parseScheme } from "../scheme.ts";
import { contributorsOfRows, sumByContributor } from "./contributions.ts";
import type { FidelityStudy, FidelitySubject } from "./fidelityStudy.ts";
import { fidelityStudy } from "./fidelityStudy.ts";
import { leaveOutStudy } from "./leaveOutStudy.ts";
import { payoutShares } from "./payout.ts";
import { RunLogMismatchError } from "./runLog.ts";
import { studyOf } from "./studyData.ts";

const CONTRIBUTORS = 8;
const ROWS = 24;
const LAST = CONTRIBUTORS - 1;
const recipe = parseRecipe({
  format: "openledger-recipe/1",
  ...{ input: { kind: "dense", width: 9 }, layers: [], classes: 3, epochs: 6, batch: 16, seed: 3, members: 2 },
  optimizer: { kind: "sgd", learningRate: 0.1 },
});

/** Clusters that overlap, dealt to eight contributors of equal size; the last one's labels are wrong. */
function subject(): FidelitySubject {
  const training = denseRows(CONTRIBUTORS * ROWS, 9, 1);
  const contributionOfRow = Int32Array.from(training.labels.keys(), (row) => Math.floor(row / ROWS));
  const labels = training.labels.map((label, row) => (contributionOfRow[row] === LAST ? (label + 1) % 3 : label));
  const contributions = {
    contributors: Array.from({ length: CONTRIBUTORS }, (_, c) => ({
      name: `contributor-${c}`,
      behaviour: c === LAST ? ("mislabel-100" as const) : ("honest" as const),
    })),
    training: { inputs: training.inputs, labels },
    contributorOf: Int32Array.from({ length: CONTRIBUTORS }, (_, c) => c),
    examples: new Int32Array(CONTRIBUTORS).fill(ROWS),
    contributionOfRow,
    quality: denseRows(60, 9, 2),
  };
  const models = [0, 1].map((member) => trainMember(createWasmKernels, recipe, contributions.training, member));
  return { name: "clusters", classes: ["a", "b", "c"], contributions, recipe, models, test: denseRows(90, 9, 3) };
}

const folder = mkdtempSync(join(tmpdir(), "fidelity-"));
const scheme = parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1" });
const options = { folder, scheme, coalitions: 80, seed: 5 };
let study: FidelityStudy;

beforeAll(async () => {
  study = await fidelityStudy(createWasmKernels, subject(), options);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("a fidelity study", () => {
  it("refuses to mix results of other data under the same name", async () => {
    const { contributions, ...rest } = subject();
    const labels = contributions.training.labels.map((label) => (label + 1) % 3);
    const other = { ...rest, contributions: { ...contributions, training: { ...contributions.training, labels } } };
    await expect(fidelityStudy(createWasmKernels, other, options)).rejects.toThrow(RunLogMismatchError);
  });

  it("finds that scores foretell Shapley values, and who harms", () => {
    expect(study.uniform.estimate).toBeGreaterThan(0.9);
    const values = study.contributors.map(({ value }) => value);
    expect(Math.min(...values)).toBe(values[LAST]);
    expect(study.contributors[LAST]!.share).toBe(0);
    expect(study.quality.wrongCharged.estimate).toBe(1);
    expect(study.quality.rightCharged.estimate).toBe(0);
  });

  it("reads what was retrained before and comes to the same figures without training again", async () => {
    const runs: string[] = [];
    const again = await fidelityStudy(createWasmKernels, subject(), {
      ...options,
      onProgress: (what) => runs.push(what),
    });
    expect(again).toEqual(study);
    expect(runs).toEqual([]);
  });

  it("compares scores with the effect of leaving one contributor out", async () => {
    const { fidelity } = await leaveOutStudy(createWasmKernels, subject(), { ...options, seeds: 3 });
    expect(fidelity[0]!.mix).toBe("uniform");
    expect(fidelity[0]!.pearson.estimate).toBeGreaterThan(0.8);
    expect(fidelity[0]!.ceiling).toBeGreaterThan(0.5);
    expect(fidelity[0]!.ceiling).toBeLessThanOrEqual(1);
  });
});

describe("a study of a scenario", () => {
  const field = (name: string) => loadFolder(resolve(import.meta.dirname, "../../../examples", name));
  const { contributions, examples } = studyOf(field("health"), 7, field("law").train);
  const { contributors, contributorOf, contributionOfRow } = contributions;
  const rowsOf = (behaviour: string) =>
    contributorsOfRows(contributions).reduce(
      (sum, owner) => sum + (contributors[owner]!.behaviour === behaviour ? 1 : 0),
      0,
    );
  const registeredBy = (behaviour: string) =>
    sumByContributor(contributions, contributions.examples).reduce(
      (sum, count, c) => sum + (contributors[c]!.behaviour === behaviour ? count : 0),
      0,
    );

  it("trains on what operators train on: the same rows in the same order", () => {
    const health = field("health");
    const scenario = createScenario(health, defaultOptions(health, field("law").train), randomStream(7, 0));
    const registered = scenario.contributors.flatMap((contributor) => groupBySubject(contributor.examples));
    const plan: Plan = {
      ...{
        format: "openledger-plan/1",
        encoding: "hashed-ngrams/1",
        labels: [...health.labels],
        parentVersionId: null,
      },
      recipe,
    };
    const registration = (contributionId: bigint, held: readonly Example[]) => ({
      contribution: { contributionId, datanetId: 1n, contributor: "anybody" },
      examples: held,
    });
    const data = versionData(
      plan,
      [1n],
      registered.map((part, c) => registration(BigInt(c + 1), part.examples)),
      [registration(BigInt(registered.length + 1), scenario.quality)],
    );
    const { training, duplicates } = data;
    expect(contributions.training).toEqual(training.rows);
    expect(contributionOfRow).toEqual(training.contributionOfRow);
    expect(contributorOf).toHaveLength(training.contributions);
    expect(contributions.quality).toEqual(qualityRows(data));
    expect(examples.training).toHaveLength(training.rows.labels.length);
    expect(duplicates).toBeGreaterThan(0);
  });

  it("leaves a copier nothing to be paid for, and the honest all that they registered", () => {
    expect(registeredBy("copier")).toBeGreaterThan(0);
    expect(rowsOf("copier")).toBe(0);
    expect(rowsOf("honest")).toBe(registeredBy("honest"));
    expect(rowsOf("paraphraser")).toBeLessThan(0.6 * registeredBy("paraphraser"));
  });
});

describe("the payout of a pool", () => {
  it("goes to contributions of positive score whose quality is not negative, as in a settlement", () => {
    const contributions = {
      contributors: ["a", "b", "c"].map((name) => ({ name, behaviour: "honest" as const })),
      contributorOf: Int32Array.of(0, 0, 1, 2, 2),
    };
    const shares = payoutShares(contributions, Float64Array.of(3, -2, 5, 1, 0), Float64Array.of(1, 1, -0.1, 0, 1));
    expect([...shares]).toEqual([0.75, 0, 0.25]);
    expect([...payoutShares(contributions, new Float64Array(5), new Float64Array(5))]).toEqual([0, 0, 0]);
  });
});
