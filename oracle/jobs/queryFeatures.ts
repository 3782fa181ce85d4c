import type { VersionIndex } from "../settlement/inputs.ts";
import type { Context } from "./context.ts";
import { loadVersion } from "./loadVersion.ts";
import { loadWeights } from "./loadWeights.ts";
import type { ReceiptRecord } from "./receiptFiles.ts";
import { resultOf } from "./results.ts";

/** Answers whose ψ are held at once. */
const BATCH = 1_024;

/** ψ of each answered query under a version, in the order of the records; few of them are held at once. */
export async function* queryFeatures(
  context: Context,
  { versionId, k }: Pick<VersionIndex, "versionId" | "k">,
  records: Iterable<ReceiptRecord>,
): AsyncGenerator<Float64Array> {
  let featuresOf: ((batch: readonly ReceiptRecord[]) => Promise<Float64Array>) | undefined;
  for (const batch of batchesOf(records)) {
    featuresOf ??= await openVersion(context, versionId, k);
    const psi = await featuresOf(batch);
    if (psi.length !== batch.length * k) throw new RangeError(`${psi.length} features for ${batch.length} queries`);
    for (let q = 0; q < batch.length; q++) yield psi.subarray(q * k, (q + 1) * k);
  }
}

/** ψ of a few answered queries: queries × k. */
export async function allFeatures(
  context: Context,
  version: Pick<VersionIndex, "versionId" | "k">,
  records: readonly ReceiptRecord[],
): Promise<Float64Array> {
  const all = new Float64Array(records.length * version.k);
  let at = 0;
  for await (const psi of queryFeatures(context, version, records)) {
    all.set(psi, at);
    at += psi.length;
  }
  return all;
}

async function openVersion(context: Context, versionId: bigint, k: number) {
  const subject = versionId.toString();
  const { version, manifest, task } = await loadVersion(context, subject);
  const { projections } = await resultOf(context, "index", subject);
  const models = await loadWeights(context, version, manifest);
  return (batch: readonly ReceiptRecord[]) => task.queryFeatures(models, { projections, k }, batch);
}

function* batchesOf<T>(items: Iterable<T>): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
