import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../../chain/artifacts.ts";
import { InputError } from "../../common/errors.ts";
import { DataError } from "../../data/errors.ts";
import { tempFolder } from "../../data/testing/tempFolder.ts";
import { readContributors } from "./answers.ts";

const document = `${JSON.stringify({ text: "Steep green tea for two minutes." })}\n`;
const question = `${JSON.stringify({ question: "How long?", answer: "Steep green tea for two minutes." })}\n`;

describe("a folder of what contributors hold", () => {
  it("is refused without questions of validators or of buyers, and with a table that cannot be read", async () => {
    await expect(readContributors(tempFolder({ "a.jsonl": document, "test.jsonl": question }))).rejects.toThrow(
      InputError,
    );
    await expect(readContributors(tempFolder({ "a.jsonl": document, "quality.jsonl": question }))).rejects.toThrow(
      /no table of test questions/u,
    );
    const broken = tempFolder({ "a.jsonl": "{", "quality.jsonl": question, "test.jsonl": question });
    await expect(readContributors(broken)).rejects.toThrow(DataError);
  });

  it("has a contributor for each table, at any depth and by name, and passes other files over", async () => {
    const folder = tempFolder({
      ...{ "b.jsonl": document + document, "quality.csv": "question,answer\nWhy?,Because.\n", "test.jsonl": question },
      ...{ "README.md": "# About", "dataset.json": "{}" },
    });
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a", "x.jsonl"), question);
    const { contributed, test } = await readContributors(folder);
    expect(contributed.train.map(({ contribution, examples }) => [contribution.contributor, examples.length])).toEqual([
      ["a/x", 1],
      ["b", 2],
    ]);
    expect(contributed.quality[0]!.examples).toHaveLength(1);
    expect(test).toHaveLength(1);
  });

  it("may be the handbook that comes with the project", async () => {
    const { contributed } = await readContributors(join(REPOSITORY, "examples", "documents"));
    expect(contributed.train).toHaveLength(9);
  });
});
