import { describe, expect, it } from "vitest";
import { MEASURED_HARM_RULE } from "../attribution/judge/harmRule.ts";
import type { LabelledRows } from "../model/rows.ts";
import { harmfulRows } from "./harmfulRows.ts";

/** Images of three labels: a bright row of pixels each. */
function images(truth: readonly number[], stated: readonly number[]): LabelledRows {
  const values = truth.flatMap((label, i) =>
    Array.from({ length: 9 }, (_, p) => Number(Math.floor(p / 3) === label) + 0.01 * ((i * 7 + p) % 5)),
  );
  return { inputs: { kind: "dense", width: 9, values: Float32Array.from(values) }, labels: Int32Array.from(stated) };
}

/** Two Datanets of three contributions with six rows each, of which the middle one of each is right. */
const owner = Array.from({ length: 36 }, (_, row) => Math.floor(row / 6));
const stated = owner.map((_, row) => row % 3);
const truth = stated.map((label, row) => (owner[row]! % 3 === 1 ? label : (label + 1) % 3));
const places = Array.from({ length: 24 }, (_, i) => i % 3);
const quality = images(places, places);
const data = {
  training: { rows: images(truth, stated), contributionOfRow: Int32Array.from(owner), contributions: 6 },
  datanets: [
    { datanetId: 1n, contributionIds: [1n, 2n, 3n], quality },
    { datanetId: 2n, contributionIds: [4n, 5n, 6n], quality },
  ],
};

describe("the rows of an index that are harmful", () => {
  it("are those of wrong labels, of every Datanet that has quality rows", () => {
    expect(harmfulRows(data, () => MEASURED_HARM_RULE)).toEqual([0, 2, 3, 5]);
    const unjudged = { ...data, datanets: [{ ...data.datanets[0]!, quality: undefined }, data.datanets[1]!] };
    expect(harmfulRows(unjudged, () => MEASURED_HARM_RULE)).toEqual([3, 5]);
  });

  it("are found by each contribution's own rule, whatever the others' is", () => {
    const strict = { ...MEASURED_HARM_RULE, fewestRows: 7 };
    const ruleOf = (contributionId: bigint) =>
      contributionId === 1n || contributionId === 6n ? strict : MEASURED_HARM_RULE;
    expect(harmfulRows(data, ruleOf)).toEqual([2, 3]);
  });
});
