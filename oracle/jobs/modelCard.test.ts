import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultPassagesScheme } from "../attribution/passages/passagesScheme.ts";
import { defaultQuotesScheme } from "../attribution/quotes/quotesScheme.ts";
import { schemeId, defaultScheme } from "../attribution/scheme.ts";
import { renderCard } from "../cli/modelCard.ts";
import { NotFoundError } from "../common/errors.ts";
import { rowExample } from "../data/example.ts";
import type { Contribution, Version } from "../store/protocolView.ts";
import { answersPlan } from "./answers/answersPlan.ts";
import { type ContentFiles, createContentFiles } from "./contentFiles.ts";
import type { Context } from "./context.ts";
import { defaultRecipe } from "./defaultRecipe.ts";
import { modelCard } from "./modelCard.ts";
import { quotesPlan } from "./quotes/quotesPlan.ts";
import { encodingOf } from "./trainingData.ts";
import { type Plan, planHash, putManifest, type VersionManifest } from "./versionFiles.ts";

let folder: string;
let content: ContentFiles;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "openledger-test-"));
  content = createContentFiles(join(folder, "content"), []);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const BASE = "bafkreifo5d6w3y5k7h7l2qwdlrvc6iixqj2jp5zqvgvqmbyxgxur5ft2om";
const PROVIDER = `0x${"12".repeat(20)}`;
const HASH = `0x${"00".repeat(32)}`;
const choice = { seed: 1, members: 2, epochs: 3 };
const written = { format: "openledger-version/1", weights: "" } as const;

const contribution = (contributionId: bigint, contributor: string, kind: Contribution["kind"]) =>
  ({ contributionId, contributor, kind, datanetId: 7n, examples: 10 }) as Contribution;
const contributions = [
  contribution(1n, "0xa", "train"),
  contribution(2n, "0xa", "train"),
  contribution(3n, "0xb", "train"),
  contribution(4n, "0xc", "quality"),
];

/** A chain with one Datanet, and one version of that manifest or of no data. */
async function cardOf(manifest: VersionManifest | undefined) {
  const version: Version = {
    ...{ versionId: 5n, modelId: 3n, weightsHash: HASH, blockNumber: 1 },
    recipeHash: manifest === undefined ? HASH : planHash(manifest.plan),
    schemeId: manifest === undefined ? HASH : schemeId(manifest.scheme),
    snapshotIds: manifest === undefined ? [] : [1n],
    size: { rows: 30n, parameters: 100n, epochs: 3n, members: 2n },
    uri: manifest === undefined ? BASE : await putManifest(content, manifest),
  };
  const model = { modelId: 3n, provider: PROVIDER, price: 10n ** 18n, parents: [{ modelId: 2n, shareBps: 1_500 }] };
  const terms = { licence: 3, licenceExpiry: "0", admission: 0, votesNeeded: 1, bond: "0", reviewFee: "0", judgeModelId: "0" }; // prettier-ignore
  const args = { datanetId: "7", owner: PROVIDER, name: "Bees", uri: "", tags: ["honey"], terms };
  const view = {
    versions: async () => [version],
    models: async () => [model],
    snapshot: async () => ({ snapshotId: 1n, datanetId: 7n }),
    contributionsIn: async () => contributions,
  };
  const events = { find: async () => [{ name: "DatanetCreated", args }] };
  const context = { view, events, content } as unknown as Context;
  return { card: () => modelCard(context, 5n), other: () => modelCard(context, 6n) };
}

describe("a model card", () => {
  it("says what labels are learned from, under which licence, and that nothing was measured", async () => {
    const encoding = { kind: "base-vector/1", base: BASE } as const;
    const recipe = defaultRecipe({ kind: "dense", width: 4 }, 2, choice);
    const labels = ["no", "yes"];
    const plan: Plan = { format: "openledger-plan/1", recipe, encoding, labels, parentVersionId: null };
    const { card, other } = await cardOf({ ...written, plan, scheme: defaultScheme("text") });
    const found = await card();
    expect(found).toMatchObject({
      ...{ answers: "one of 2 labels", bases: [BASE], certificate: undefined },
      data: [
        { datanetId: 7n, licence: ["train", "infer"], contributors: 2, contributions: 3, examples: 30, judging: 10 },
      ],
    });
    const page = renderCard({
      ...found,
      data: found.data.map((one) => ({ ...one, tags: [...one.tags], licence: [...one.licence] })),
      ...{ bases: [...found.bases], limits: [...found.limits], parents: [...found.parents] },
    });
    expect(page).toContain("Datanet 7, Bees (honey): models may train, infer;");
    expect(page).toContain("pays 15 % of its owner's part to model 2");
    expect(page).toContain("it has no certificate");
    await expect(other()).rejects.toThrow(NotFoundError);
  });

  it("says what a version on rows reads, without a base", async () => {
    const encoding = encodingOf([rowExample({ age: 39, job: "clerk" }, "no"), rowExample({ age: 50 }, "yes")]);
    const recipe = defaultRecipe({ kind: "dense", width: 4 }, 2, choice, "row");
    const plan: Plan = { format: "openledger-plan/1", recipe, encoding, labels: ["no", "yes"], parentVersionId: null };
    const { card } = await cardOf({ ...written, plan, scheme: defaultScheme("row") });
    const { bases, limits } = await card();
    expect(bases).toEqual([]);
    expect(limits[0]).toContain("rows of 2 columns alone");
  });

  it("names generator and encoder of a version that writes from passages, and how many it reads", async () => {
    const encoder = { base: BASE, dimension: 384 };
    const plan = quotesPlan(choice, { base: BASE, places: 2_048, encoder });
    const { card } = await cardOf({ ...written, plan, scheme: defaultQuotesScheme() });
    const { answers, bases, limits } = await card();
    expect(answers).toContain("written from up to 3 passages");
    expect(bases).toEqual([BASE, BASE]);
    expect(limits.join(" ")).toContain("1024 tokens");
  });

  it("says that a version without a base quotes, and that a base answers nothing by itself", async () => {
    const { card } = await cardOf({ ...written, plan: answersPlan(choice), scheme: defaultPassagesScheme() });
    expect(await card()).toMatchObject({ answers: "up to 3 passages, as they were written", bases: [] });
    const base = await cardOf(undefined);
    expect(await base.card()).toMatchObject({ answers: "nothing: others stand on it", data: [], recipe: "" });
  });
});
