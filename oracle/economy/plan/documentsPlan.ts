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
export function documentsPlan(): DatanetPlan {
  const folder = join(REPOSITORY, "examples", "documents");
  const read = (file: string) => loadWritten(join(folder, `${file}.jsonl`), { language: "en" }).examples;
  const contributors = CONTRIBUTORS.map(({ name, file }): PlannedContributor => {
    return { name, behaviour: name.split("-")[0]!, examples: read(file) };
  });
  return {
    name: "A bicycle workshop's handbook",
    tags: ["document", "CC-BY-4.0"],
    contributors,
    quality: read("quality"),
    test: read("test"),
    rows: contributors.reduce((sum, { examples }) => sum + examples.length, 0),
    badRows: [],
  };
}
