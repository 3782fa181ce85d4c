import { describe, expect, it } from "vitest";
import { InputError } from "../../common/errors.ts";
import { DataError } from "../../data/errors.ts";
import { type AnyExample, isWritten } from "../../data/example.ts";
import { realData } from "../../data/testing/realData.ts";
import { tempFolder } from "../../data/testing/tempFolder.ts";
import type { PairExample } from "../../data/written/written.ts";
import { chooseDatanets } from "./chooseDatanets.ts";
import { type DatanetPlan, loadScenario } from "./loadScenario.ts";
import { questionsPlan } from "./questionsPlan.ts";

/** Two questions about each of so many diseases, of two publishers in turn. */
function rowsAbout(diseases: number): string[] {
  return Array.from({ length: diseases }, (_, d) => {
    const common = { source: d % 2 === 0 ? "north" : "south", focus: `disease ${d}` };
    return ["symptoms", "treatment"].map((qtype) =>
      JSON.stringify({
        ...common,
        qtype,
        question: `What about the ${qtype} of disease ${d}?`,
        answer: `The ${qtype} of disease ${d} are described in these words.`,
      }),
    );
  }).flat();
}

const folderOf = (rows: readonly string[]) => tempFolder({ "medquad.jsonl.gz": rows.join("\n") });
const load = (rows: readonly string[], limit?: number) =>
  questionsPlan(folderOf(rows), { skipBad: false, ...(limit === undefined ? {} : { limit }) });

/** Pairs whose question the quality data does not ask. */
function taughtBy({ contributors, quality }: DatanetPlan): PairExample[] {
  const judged = new Set(quality.map((example) => example.kind === "pair" && example.question));
  const pairs = contributors.flatMap(({ examples }) => examples.filter((example) => example.kind === "pair"));
  return pairs.filter(({ question }) => !judged.has(question));
}
const diseasesOf = (examples: readonly AnyExample[]) => new Set(examples.map(({ meta }) => meta["focus"]));
const passageOf = (example: AnyExample) =>
  example.kind === "pair" ? example.passage : example.kind === "document" ? example.text : undefined;

describe("a folder of questions and answers", () => {
  it("is refused where nothing is left to judge by or to ask", async () => {
    const refused = load(rowsAbout(1));
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toMatchObject({
      value: expect.stringMatching(/^2 to teach, 0 to judge by and 0 to ask/u),
    });
  });

  it("stops at a bad row, or lists it", async () => {
    const folder = folderOf([...rowsAbout(60), '{"source":"north","question":"Whose answer is this?"}']);
    await expect(questionsPlan(folder, { skipBad: false })).rejects.toThrow(DataError);
    const { badRows } = await questionsPlan(folder, { skipBad: true });
    expect(badRows.map(({ row }) => row)).toEqual([121]);
  });

  it("teaches nothing about the diseases that it asks and judges by, and asks and judges by different ones", async () => {
    const plan = await load(rowsAbout(60));
    const [taught, judged, asked] = [taughtBy(plan), plan.quality, plan.test].map(diseasesOf) as [
      Set<unknown>,
      Set<unknown>,
      Set<unknown>,
    ];
    expect([taught.size > 30, judged.size > 0, asked.size > 0]).toEqual([true, true, true]);
    expect(taught.size + judged.size + asked.size).toBe(60);
    expect(new Set([...taught, ...judged, ...asked]).size).toBe(60);
  });

  it("has every answer handed in once, by two honest contributors for each publisher", async () => {
    const rows = rowsAbout(60);
    const { contributors, rows: count } = await load(rows);
    expect(contributors.map(({ name }) => name).sort()).toEqual(["north-1", "north-2", "south-1", "south-2"]);
    for (const { behaviour, examples, name } of contributors) {
      expect(behaviour).toBe("honest");
      expect(new Set(examples.map((example) => isWritten(example) && example.source))).toEqual(
        new Set([name.split("-")[0]]),
      );
    }
    const answers = rows.map((row) => (JSON.parse(row) as { answer: string }).answer);
    const handedIn = contributors.flatMap(({ examples }) => examples.map(passageOf));
    expect(handedIn.sort()).toEqual(answers.sort());
    expect(count).toBe(120);
  });

  it("judges what is handed in with a question and without", async () => {
    const { contributors, quality } = await load(rowsAbout(400));
    const judged = new Set(quality.map(passageOf));
    const judgedOf = contributors.flatMap(({ examples }) => examples.filter((one) => judged.has(passageOf(one))));
    expect(new Set(judgedOf.map(({ kind }) => kind))).toEqual(new Set(["pair", "document"]));
  });

  it("keeps at most so many of what is taught, asked and judged by", async () => {
    const plan = await load(rowsAbout(200), 5);
    const all = plan.contributors.flatMap(({ examples }) => examples);
    expect([taughtBy(plan).length, plan.quality.length, plan.test.length]).toEqual([5, 5, 5]);
    expect(all).toHaveLength(15);
  });

  it("makes a Datanet after the project's own, and before its handbook", async () => {
    const data = { folder: folderOf(rowsAbout(60)), skipBad: false };
    const { labelled, written, broughtLabels } = await chooseDatanets(data, true);
    expect(labelled).toEqual(loadScenario({ skipBad: false }));
    expect(written.map(({ name }) => name)).toEqual(["MedQuAD", "A bicycle workshop's handbook"]);
    expect(broughtLabels).toBe(false);
  });
});

describe("MedQuAD", () => {
  const dir = realData("medquad");

  it.skipIf(dir === undefined)(
    "is handed in whole: 11,018 answers, the questions about four fifths of them",
    async () => {
      const plan = await questionsPlan(dir!, { skipBad: false });
      const { contributors, quality, test, rows } = plan;
      const { length: taught } = taughtBy(plan);
      expect([rows, taught, quality.length, test.length]).toEqual([11_018, 8_904, 500, 1_058]);
      expect(contributors.every(({ examples }) => examples.length > 0)).toBe(true);
    },
  );
});
