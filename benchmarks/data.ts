/**
 * Speed of the data side: rows per second of the loaders and of the hashed n-grams, time to find duplicates. Data sets
 * that are absent are left out. Run: `node benchmarks/data.ts`; prints a table and writes benchmarks/results/data.json.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findDuplicates } from "../oracle/data/duplicates/findDuplicates.ts";
import { hashNgramsBatch } from "../oracle/data/hashedNgrams.ts";
import { loadFolder } from "../oracle/data/loadFolder.ts";
import { DATA } from "./folders.ts";

const repository = resolve(import.meta.dirname, "..");
const foldersIn = (root: string) => (existsSync(root) ? readdirSync(root).map((name) => join(root, name)) : []);

function timed<T>(work: () => T): { result: T; seconds: number } {
  const start = performance.now();
  const result = work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

/** The project's own, but for the documents, which have no labels. */
const labelled = foldersIn(join(repository, "examples")).filter((dir) => existsSync(join(dir, "train.jsonl")));
const rows = [...labelled, ...foldersIn(DATA)].map((dir) => {
  const { result: dataset, seconds: loading } = timed(() => loadFolder(dir));
  const loaded = dataset.train.length + dataset.quality.length + dataset.test.length + dataset.offDomain.length;
  const duplicates = timed(() => findDuplicates(dataset.train));
  const texts = dataset.train.flatMap((example) => (example.kind === "text" ? [example.input] : []));
  const hashing = timed(() => hashNgramsBatch(texts));
  return {
    dataset: dataset.name,
    rows: loaded,
    labels: dataset.labels.length,
    "loaded rows/s": Math.round(loaded / loading),
    "n-gram rows/s": texts.length === 0 ? null : Math.round(texts.length / hashing.seconds),
    "training rows": dataset.train.length,
    "duplicates found": duplicates.result.evidence.length,
    "duplicates, s": Number(duplicates.seconds.toFixed(2)),
  };
});

console.table(rows);
const results = join(import.meta.dirname, "results");
mkdirSync(results, { recursive: true });
writeFileSync(join(results, "data.json"), `${JSON.stringify({ node: process.version, rows }, null, 2)}\n`);
