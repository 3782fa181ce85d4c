import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { tempFolder } from "../testing/tempFolder.ts";
import { loadRows } from "./loadRows.ts";

const CSV = [
  "id,age,job,zip,rate,income",
  "1,39,clerk,01234,.5,high",
  "2,?,nurse,56789,1e3,low",
  "3,50,NA,01234,-2.,low",
];
const read = (name: string, contents: string | Buffer, target: string, skipBad = false) =>
  loadRows(join(tempFolder({ [name]: contents }), name), { target, skipBad });

describe("a table with a declared target", () => {
  it("becomes rows of numbers and categories, with missing values left out and ids beside", () => {
    const contents = CSV.join("\n");
    for (const loaded of [read("rows.csv", contents, "Income"), read("rows.csv.gz", gzipSync(contents), "income")]) {
      expect(loaded.columns).toEqual({
        ...{ target: "income", numbers: ["age", "rate"], categories: ["job", "zip"], others: ["id"] },
      });
      expect(loaded.examples).toEqual([
        { kind: "row", input: { age: 39, job: "clerk", rate: 0.5, zip: "01234" }, label: "high", meta: { id: "1" } },
        { kind: "row", input: { job: "nurse", rate: 1000, zip: "56789" }, label: "low", meta: { id: "2" } },
        { kind: "row", input: { age: 50, rate: -2, zip: "01234" }, label: "low", meta: { id: "3" } },
      ]);
    }
  });

  it("is read from JSON with its own types", () => {
    const { examples } = read(
      "rows.jsonl",
      '{"age":39,"member":true,"left":null,"class":1}\n{"age":"40","class":2}\n',
      "class",
    );
    expect(examples).toMatchObject([
      { input: { age: 39, member: "true" }, label: "1" },
      { input: { age: 40 }, label: "2" },
    ]);
  });

  it("is read from Parquet, with the names of its classes", () => {
    const file = join(import.meta.dirname, "../testing/parquet/classLabel.parquet");
    const { format, columns, examples } = loadRows(file, { target: "label", skipBad: true });
    expect({ format, ...columns }).toMatchObject({ format: "Parquet", target: "label", categories: ["sentence"] });
    expect(examples[0]).toMatchObject({ input: { sentence: "my card is lost" }, label: "lost" });
  });

  it.each([
    ["a number beyond float64", "age,class\n1e400,a\n", /rows\.csv:2: the value in the column "age" is Infinity/u],
    ["a NUL in a category", "job,class\ncl\0erk,a\n", /control characters/u],
    ["a name that objects use themselves", "__proto__,class\n1,a\n", /called "__proto__"/u],
    ["no such target", "age,class\n1,a\n", /there is no column "income".*"age", "class".*--target/u, "income"],
    ["nothing but the target", "id,class\n1,a\n", /0 columns beside the target "class"/u],
    ["a row that says nothing", "age,class\n,a\n1,b\n", /rows\.csv:2: a row with 0 columns/u],
    ["no target in a row", "age,class\n1,\n", /the label is blank/u],
    ["a target that is a quantity", "age,class\n1,2.5\n", /the target "class" is 2\.5.*divide its range/u],
    ["a text as a category", `job,class\n${"x".repeat(200)},a\n`, /200 characters/u],
    ["no row", "age,class\n", /there is no row/u],
  ])("is refused with %s, and says where", (_, contents, message, target = "class") => {
    expect(() => read("rows.csv", contents, target)).toThrow(message);
  });

  it("is refused with ten thousand columns, and with another ending", () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
    const wide = `${names.join()},class\n${names.map(() => 1).join()},a\n`;
    expect(() => read("rows.csv", wide, "class")).toThrow(/10000 columns beside the target.*1 to 1024/u);
    expect(() => read("rows.txt", "age", "class")).toThrow(/the ending ".txt"/u);
  });

  it("lists bad rows when they are to be left out", () => {
    const { examples, badRows } = read("rows.csv", "age,class\n1e400,a\n2,b\n", "class", true);
    expect(examples).toHaveLength(1);
    expect(badRows).toMatchObject([{ row: 2 }]);
  });
});
