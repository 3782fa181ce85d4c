import { describe, expect, it } from "vitest";
import { chooseColumns } from "./columns.ts";

const rowsOf = (...records: Record<string, unknown>[]) => ({
  rows: records.map((fields, i) => ({ row: i + 1, fields })),
});
const row = (...names: string[]) => rowsOf(Object.fromEntries(names.map((name) => [name, name])));
const choose = (table: ReturnType<typeof rowsOf>, named = {}) => {
  const { text, label, guessed } = chooseColumns("rows.csv", table, named);
  return [text, label, guessed];
};

describe("the columns of a table", () => {
  it.each([
    [["text", "label"], "text", "label", false],
    [["Label", "Text"], "Text", "Label", false],
    [["question", "intent"], "question", "intent", true],
    [["id", "text", "label", "label_text"], "text", "label", true],
    [["tweet_id", "airline_sentiment", "tweet_text"], "tweet_text", "airline_sentiment", true],
    [["reviewText", "overallClass"], "reviewText", "overallClass", true],
    [["abstract", "label"], "abstract", "label", true],
    [["text", "verdict"], "text", "verdict", true],
  ] as const)("%j are guessed by their names", (names, text, label, guessed) => {
    const found = chooseColumns("rows.csv", row(...names), {});
    expect([found.text, found.label]).toEqual([text, label]);
    expect(found.guessed).toBe(guessed && !(text === "text" && label === "label"));
  });

  it("without usual names are told apart by what repeats, if there are two", () => {
    const spam = Array.from({ length: 30 }, (_, i) => ({
      v1: i % 2 === 0 ? "ham" : "spam",
      v2: `message number ${i}`,
    }));
    expect(choose(rowsOf(...spam))).toEqual(["v2", "v1", true]);
    expect(() => choose(row("v1", "v2"))).toThrow(
      'the columns are "v1", "v2"; one of them has to be the text, and it cannot',
    );
    expect(() => choose(row("a", "b", "label"))).toThrow("name them with --text-column and --label-column");
  });

  it("are never guessed from what numbers or dates the rows", () => {
    expect(() => choose(row("id", "text"))).toThrow('the columns are "id", "text"; one of them has to be the label');
    expect(choose(row("Unnamed: 0", "question", "answer_kind"))).toEqual(["question", "answer_kind", true]);
    expect(choose(row("id", "text"), { label: "id" })).toEqual(["text", "id", false]);
  });

  it("are those that a person names, whatever their case, and no others", () => {
    const table = row("Title", "text", "label", "Genre");
    expect(choose(table, { text: "title", label: "Genre" })).toEqual(["Title", "Genre", false]);
    expect(choose(table, { label: "Genre" })).toEqual(["text", "Genre", false]);
    expect(() => choose(table, { text: "body" })).toThrow(
      'there is no column "body"; the columns are "Title", "text", "label", "Genre"; name one of them with --text-column',
    );
    expect(() => choose(table, { text: "label", label: "label" })).toThrow(/the columns are/u);
  });
});
