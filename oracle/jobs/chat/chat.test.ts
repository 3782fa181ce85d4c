import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ContentError, InputError } from "../../common/errors.ts";
import { documentExample, pairExample } from "../../data/written/written.ts";
import { createChatPredictor } from "../../gateway/chatPredictor.ts";
import { importGguf } from "../../model/decoder/importGguf.ts";
import { tinyGguf } from "../../model/decoder/testing/tinyGguf.ts";
import { putGenerator } from "../bases/generatorFiles.ts";
import { type ContentFiles, createContentFiles } from "../contentFiles.ts";
import { putProjections } from "../projectionFiles.ts";
import { outputHash, type InferenceAnswer, type InferenceRequest, type ReceiptRecord } from "../receiptFiles.ts";
import { contributedWriting } from "../testing/contributedWriting.ts";
import { type ChatManifest, ensembleHash, getManifest, planHash, writesAnswers } from "../versionFiles.ts";
import { getChatWeights } from "./chatPlan.ts";
import { chatTask } from "./chatTask.ts";
import { rehearseChat, trainChat } from "./publishChat.ts";

let folder: string;
let content: ContentFiles;
let base: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "openledger-test-"));
  content = createContentFiles(join(folder, "content"), []);
  base = await putGenerator(content, importGguf(tinyGguf(1)));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const [language, source] = ["en", "test"];
const pair = (question: string, passage: string) => pairExample({ question, passage, language, source });
const bees = [pair("Why do bees dance?", "To say where food is."), pair("Do bees dance?", "They do, for food.")];
const fever = [documentExample({ text: "Cold water helps against fever.", language, source })];
const asked = [pair("What do bees dance for?", "To say where food is.")];

const data = contributedWriting([fever, bees, bees], asked);
const choice = { seed: 1, members: 1, epochs: 2, parentVersionId: null, writes: "model" } as const;

const recordOf = (request: InferenceRequest, answer: InferenceAnswer) =>
  ({ request, answer, receipt: { outputHash: outputHash(answer) } }) as ReceiptRecord;

describe("a version that writes its answers", () => {
  it("is refused without a generator, on an encoder's hash, from a parent, and without questions to judge by", async () => {
    await expect(rehearseChat({ content }, data, choice)).rejects.toThrow(/stands on a generator/u);
    const other = await content.put(new TextEncoder().encode("{}"));
    await expect(rehearseChat({ content }, data, { ...choice, base: other })).rejects.toThrow(ContentError);
    const child = { ...choice, base, parentVersionId: "3" };
    await expect(rehearseChat({ content }, data, child)).rejects.toThrow(InputError);
    await expect(rehearseChat({ content }, contributedWriting([fever], fever), { ...choice, base })).rejects.toThrow(
      /no quality set/u,
    );
    await expect(rehearseChat({ content }, contributedWriting([asked], asked), { ...choice, base })).rejects.toThrow(
      /too few/u,
    );
  });

  it("is trained again to the same bits, serves, and has its answers read again and owed to who taught them", async () => {
    const artefacts = await trainChat({ content }, [1n], data, { ...choice, base });
    expect(artefacts).toMatchObject({ trainingRows: 3, duplicates: 2 });
    const manifest = (await getManifest(content, artefacts.uri)) as ChatManifest;
    expect(writesAnswers(manifest)).toBe(true);
    expect(planHash(manifest.plan)).toBe(artefacts.recipeHash);
    const task = await chatTask({ content }, manifest, data);
    expect(task.size).toEqual(artefacts.size);
    const models = await task.train();
    expect(ensembleHash(models)).toBe(artefacts.weightsHash);
    expect(ensembleHash(await getChatWeights(content, manifest))).toBe(artefacts.weightsHash);

    const index = await task.buildIndex(models);
    const [forFever, forBees, forCopies] = index.qualities[0]!;
    expect(forBees!).toBeGreaterThan(Math.abs(forFever!));
    expect(forCopies!).toBe(0);

    const predictor = await createChatPredictor(content, manifest, models);
    const requests = [0, 1, 2].map((seed): InferenceRequest => ({
      ...{ kind: "prompt", input: "Why do bees dance?", seed },
      ...{ maxTokens: 12, temperature: 800 },
    }));
    const together = await Promise.all(requests.map((request) => predictor.answer(request)));
    for (const [i, request] of requests.entries()) expect(await predictor.answer(request)).toEqual(together[i]);
    expect(new Set(together.map((answer) => JSON.stringify(answer))).size).toBe(3);
    const plain: InferenceRequest = { kind: "text", input: "Why do bees dance?" };
    const greedy = await predictor.answer(plain);

    const opened = { projections: await putProjections(content, index.projections), k: index.k };
    const invented = { text: "Honey.", tokens: [20, 21], ended: true };
    const psi = await task.queryFeatures(models, opened, [
      recordOf(requests[0]!, together[0]!),
      recordOf(requests[0]!, together[1]!),
      recordOf(plain, greedy),
      recordOf(plain, { ...(greedy as typeof invented), text: "Honey." }),
      recordOf(plain, invented),
      recordOf(plain, { label: "honey", confidence: 1 }),
      recordOf({ kind: "image", width: 1, height: 1, channels: 1, pixels: "AA==" }, greedy),
      recordOf(plain, { ...(greedy as typeof invented), passages: [] }),
    ]);
    const owed = Array.from({ length: 8 }, (_, q) => psi.slice(q * index.k, (q + 1) * index.k).some((value) => value !== 0)); // prettier-ignore
    expect(owed).toEqual([true, false, true, false, false, false, false, false]);
  });

  it("refuses what it cannot read before it is paid for", async () => {
    const { uri } = await trainChat({ content }, [1n], data, { ...choice, base, epochs: 0 });
    const manifest = (await getManifest(content, uri)) as ChatManifest;
    const predictor = await createChatPredictor(content, manifest, await getChatWeights(content, manifest));
    const image = { kind: "image", width: 1, height: 1, channels: 1, pixels: "AA==" } as const;
    expect(() => predictor.check(image)).toThrow(InputError);
    expect(() => predictor.check({ kind: "text", input: "bees ".repeat(300) })).toThrow(/do not fit/u);
    expect(() => predictor.check({ kind: "text", input: "bees" })).not.toThrow();
  });
});
