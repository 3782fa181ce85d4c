import { readdirSync } from "node:fs";
import { join } from "node:path";
import { splitByKey } from "../dataset.ts";
import type { TextExample } from "../example.ts";
import { readCsvExamples } from "../files/readTable.ts";
import type { RowPolicy } from "../files/rows.ts";
import type { FolderFormat } from "./format.ts";

const TASK_PREFIX = "CUAD_";
const IS_CLAUSE = "Yes";
/** A fifth of the clauses is for testing (the tasks' own training files hold 6 rows each). */
const TEST_SHARE = 51;

/**
 * The CUAD clause tasks of LegalBench (Guha et al. 2023; CUAD: Hendrycks et al. 2021): 38 yes/no questions "is this
 * clause of this type?". Made into one task: text = a clause answered "Yes", label = its type. A clause that is of
 * several types is left out, because it has no single right label; so are the "No" rows, which are other clauses.
 */
export const cuad: FolderFormat = {
  name: "cuad",
  markers: ["tasks", "LEGALBENCH_README.md"],
  read(dir, policy) {
    const { train, test } = splitByKey(clausesOfOneType(dir, policy), (clause) => clause.input, TEST_SHARE);
    return {
      name: "CUAD clauses (LegalBench)",
      licence: "CC-BY-4.0",
      source: "https://github.com/HazyResearch/legalbench",
      train,
      quality: [],
      test,
      offDomain: [],
    };
  },
};

function clausesOfOneType(dir: string, policy: RowPolicy): TextExample[] {
  const typesOf = new Map<string, Set<string>>();
  const columns = { text: "text", label: "label" };
  const tasks = readdirSync(join(dir, "tasks")).filter((name) => name.startsWith(TASK_PREFIX));
  for (const task of tasks.sort()) {
    for (const split of ["train.tsv", "test.tsv"]) {
      for (const { input, label } of readCsvExamples(join(dir, "tasks", task, split), columns, policy)) {
        if (label !== IS_CLAUSE) continue;
        const types = typesOf.get(input) ?? new Set();
        typesOf.set(input, types.add(task.slice(TASK_PREFIX.length)));
      }
    }
  }
  return [...typesOf].flatMap(([input, [type, ...others]]): TextExample[] =>
    type === undefined || others.length > 0 ? [] : [{ kind: "text", input, label: type, meta: {} }],
  );
}
