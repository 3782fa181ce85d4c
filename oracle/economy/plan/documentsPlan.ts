import { join } from "node:path";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { loadWritten } from "../../data/written/loadWritten.ts";
import type { DatanetPlan, PlannedContributor } from "./loadScenario.ts";

/** Who contributes which file of the folder, in the order of registration: whoever copies comes after whom it copies. */
const CONTRIBUTORS = [
  ...["wheels", "brakes", "drivetrain", "riding", "translations"].map((name) => ({
    name: `author-${name}`,
    file: name,
  })),
  { name: "author-questions", file: "questions" },
  { name: "copier", file: "wheels" },
  { name: "wrong-facts", file: "attacks/wrong" },
  { name: "stuffer", file: "attacks/stuffed" },
  { name: "injector", file: "attacks/injected" },
] as const;

/** The Datanet of documents: the project's own handbook, and people who copy, stuff, mislead and give orders. */
export async function documentsPlan(): Promise<DatanetPlan> {
  const folder = join(REPOSITORY, "examples", "documents");
  const read = async (file: string) => (await loadWritten(join(folder, `${file}.jsonl`), { language: "en" })).examples;
  const contributors: PlannedContributor[] = [];
  for (const { name, file } of CONTRIBUTORS) {
    contributors.push({ name, behaviour: name.split("-")[0]!, examples: await read(file) });
  }
  return {
    name: "A bicycle workshop's handbook",
    tags: ["document", "CC-BY-4.0"],
    contributors,
    quality: await read("quality"),
    test: await read("test"),
    rows: contributors.reduce((sum, { examples }) => sum + examples.length, 0),
    badRows: [],
  };
}
