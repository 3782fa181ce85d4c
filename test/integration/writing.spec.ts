import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { putGenerator } from "../../oracle/jobs/bases/generatorFiles.ts";
import { rememberBase } from "../../oracle/jobs/bases/baseList.ts";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { importGguf } from "../../oracle/model/decoder/importGguf.ts";
import { tinyGguf } from "../../oracle/model/decoder/testing/tinyGguf.ts";
import { freePorts, openledger, withDirectory } from "./startUp.ts";

const wei = z.string().transform(BigInt);
const resultSchema = z.object({
  contributors: z.array(z.object({ behaviour: z.string(), datanet: z.string(), earned: wei })),
  models: z.array(z.object({ name: z.string(), versionId: z.string() })),
  consumption: z.array(z.object({ inferences: z.number(), paid: wei })),
  operators: z.array(
    z.object({
      versions: z.array(z.object({ training: z.string().optional() })),
      roots: z.array(z.object({ rootHash: z.string() })),
    }),
  ),
  rootHash: z.string(),
  books: z.object({ feesIn: wei, contributors: wei, claimed: wei, balanced: z.boolean() }),
});

/** What the passages of a handbook and an answer take, in the tokens of a small vocabulary. */
const PLACES = 2_048;

let bases: string;
beforeAll(async () => {
  bases = mkdtempSync(join(tmpdir(), "openledger-bases-"));
  const content = createContentFiles(join(bases, "content"), []);
  const base = await putGenerator(content, importGguf(tinyGguf(1, { "llama.context_length": { int: PLACES } })));
  rememberBase(bases, { name: "tiny", base, source: "a test", license: "MIT" });
});
afterAll(() => {
  rmSync(bases, { recursive: true, force: true });
});

describe("openledger up --with documents --generator", () => {
  it("sells answers that a generator writes from passages, has them read again by every operator, and pays whom they cite", async () => {
    await withDirectory(async (state) => {
      const args = ["--json", "up", "--once", "--inferences", "20", "--members", "1", "--with", "documents"];
      const ports = await freePorts();
      const run = openledger([...args, "--generator", "tiny", "--state", state, ...ports], {
        OPENLEDGER_STATE_DIR: bases,
      });
      const { status, output, errors } = await run.finished;
      expect(errors).toBe("");
      expect(status).toBe(0);
      const { models, consumption, operators, rootHash, books, contributors } = resultSchema.parse(JSON.parse(output));
      expect(models).toHaveLength(4);
      expect(consumption[3]!.inferences).toBe(5);
      expect(consumption[3]!.paid).toBeGreaterThan(0n);
      for (const { roots, versions } of operators) {
        expect(roots.map((root) => root.rootHash)).toEqual([rootHash]);
        expect(versions.map(({ training }) => training)).toEqual(models.map(() => "retrained"));
      }
      expect(books.balanced).toBe(true);
      expect(books.claimed).toBe(books.contributors);
      const authors = contributors.filter(({ behaviour }) => behaviour === "author");
      expect(authors.some(({ earned }) => earned > 0n)).toBe(true);
    });
  });

  it("needs documents, and a generator that was added", async () => {
    const alone = await openledger(["up", "--once", "--generator", "tiny"]).finished;
    expect(alone.errors).toContain("--with documents");
    expect(alone.status).toBe(64);
  });
});
