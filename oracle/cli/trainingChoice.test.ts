import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cidOf, digestOfCid } from "@openledger/protocol/cid.ts";
import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCHEME_IDS } from "../../deploy/scheme.ts";
import { publishBase } from "../actions/models.ts";
import { defaultScheme, schemeId } from "../attribution/scheme.ts";
import { ContentError, InputError, NotFoundError } from "../common/errors.ts";
import { choiceOf, type ChoiceOptions, requireTask, WRITTEN_TASKS } from "./trainingChoice.ts";

const base = cidOf(Uint8Array.of(1));
let state: string;
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), "openledger-test-"));
});
afterAll(() => {
  rmSync(state, { recursive: true, force: true });
});

const options = (change: Partial<ChoiceOptions>): ChoiceOptions => ({
  ...{ seed: 1, members: 1, epochs: 2, task: "labels", state },
  ...change,
});
const fileOf = (text: string): string => {
  const file = join(state, "recipe.json");
  writeFileSync(file, text);
  return file;
};

describe("what is chosen on the command line of a training", () => {
  it("is refused where the task does not read the data, has no certificate, or needs no encoder", () => {
    expect(() => requireTask({ task: "labels" }, true)).toThrow(InputError);
    expect(() => requireTask({ task: "quotes" }, false)).toThrow(InputError);
    expect(() => requireTask({ task: "quotes", certify: 20 }, true)).toThrow(/certified/u);
    expect(() => requireTask({ task: "labels", certify: 20 }, false)).not.toThrow();
    expect(() => requireTask({ task: "answers", certify: 20 }, true)).not.toThrow();
    expect(() => choiceOf(options({ task: "chat", base, encoder: base }))).toThrow(/stands beside a generator/u);
    expect(() => choiceOf(options({ base: "minilm" }))).toThrow(NotFoundError);
    expect(() => choiceOf(options({ recipe: fileOf("[1]") }))).toThrow(ContentError);
  });

  it("names the base of labels, generator and encoder of what is written from passages, and parts of a recipe", () => {
    expect(choiceOf(options({ base }))).toEqual({ seed: 1, members: 1, epochs: 2, parentVersionId: null, base });
    expect(choiceOf(options({ task: "quotes", base, encoder: base }))).toMatchObject({
      ...{ writes: "passages", base },
      encoder: base,
    });
    expect(choiceOf(options({ recipe: fileOf('{"epochs":3}') })).recipe).toEqual({ epochs: 3 });
  });

  it("is of a scheme that the chain allows from the first day on", () => {
    const written = Object.values(WRITTEN_TASKS).map(({ scheme }) => scheme);
    for (const scheme of [...written, defaultScheme("text"), defaultScheme("image")]) {
      expect(SCHEME_IDS).toContain(schemeId(scheme));
    }
  });
});

describe("a base on the chain", () => {
  it("is a version without data, with the hash of its file", () => {
    const { args } = publishBase(4n, base);
    expect(args).toEqual([
      4n,
      {
        ...{ weightsHash: digestOfCid(base), recipeHash: ZERO_HASH, schemeId: ZERO_HASH, snapshotIds: [] },
        ...{ size: { rows: 0n, parameters: 0n, epochs: 0n, members: 0n }, uri: base },
      },
      0n,
    ]);
  });
});
