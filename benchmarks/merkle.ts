import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { dotRows } from "@openledger/protocol/score/dot.ts";
import { indexTreesOf } from "../oracle/settlement/indexTrees.ts";
import { settleEpochs } from "../oracle/settlement/settle.ts";
import { settlementInputs, versionIndex } from "../test/fixtures/settlement.ts";
import type { StageResult } from "./merkle/stage.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 20_260_101;
/** In MiB. */
const GIB = 1024;
/** Time of all threads, garbage collection included: what a busy machine does not distort much. */
const PROCESSOR = "s of processor";

/** Trees, proofs and scores. `--peer` also builds OpenZeppelin's tree of a million accounts, which takes minutes. */
export const benchmark: Benchmark = {
  name: "merkle",
  seed: SEED,
  *measure(options) {
    yield* payoutRows(options.includes("--peer"));
    yield* scoreRows();
  },
};

function* payoutRows(withPeer: boolean): Generator<Row> {
  const million = 1_000_000;
  const peerSize = withPeer ? million : 100_000;
  const peer = runStage("openZeppelin", peerSize);
  const same = runStage("tree", peerSize);
  const peerOf = (value: number, unit: string) => ({ peer: `OpenZeppelin merkle-tree: ${value.toFixed(1)} ${unit}` });
  const named = (count: number, what: string) => `payouts tree, ${count.toLocaleString("en")} accounts${what}`;
  if (!withPeer) {
    const name = named(peerSize, "");
    yield { name, value: same.processorSeconds, unit: PROCESSOR, ...peerOf(peer.processorSeconds, PROCESSOR) };
  }
  const tree = withPeer ? same : runStage("tree", million);
  yield {
    ...{ name: named(million, ""), value: tree.processorSeconds, unit: PROCESSOR, comparator: "<=", target: 3 },
    ...(withPeer && peerOf(peer.processorSeconds, PROCESSOR)),
  };
  yield {
    name: named(million, ", its hashes alone"),
    value: runStage("hashes", million).processorSeconds,
    unit: PROCESSOR,
  };
  yield { name: named(million, ", elapsed"), value: tree.seconds, unit: "s" };
  yield {
    ...{ name: named(million, ", peak memory of the process"), value: tree.peakMiB, unit: "MiB" },
    ...{ comparator: "<=", target: GIB },
    ...(withPeer && peerOf(peer.peakMiB, "MiB")),
  };
  const proofs = runStage("proofs", million);
  const all = named(million, " and all proofs on disk");
  yield { name: all, value: proofs.processorSeconds, unit: PROCESSOR, comparator: "<=", target: 10 };
  yield { name: `${all}, elapsed`, value: proofs.seconds, unit: "s" };
  yield { name: `${all}, peak memory`, value: proofs.peakMiB, unit: "MiB", comparator: "<=", target: GIB };
  yield { name: `${all}, size`, value: proofs.bytes / 2 ** 20, unit: "MiB" };
  const entries = runStage("entries", million);
  yield { name: "entries trees, 1,000,000 of one entry", value: entries.processorSeconds, unit: PROCESSOR };
}

function* scoreRows(): Generator<Row> {
  const size = { seed: SEED, accounts: 2_000, contributions: 10_000, k: 512, models: 1, epochs: 1 };
  const version = versionIndex(1n, size);
  const best = (work: () => unknown): number => {
    let least = Infinity;
    for (let run = 0; run < 5; run++) {
      const started = performance.now();
      work();
      least = Math.min(least, performance.now() - started);
    }
    return least;
  };
  yield {
    name: "scores, 10,000 × 512",
    value: best(() => dotRows(version.parts[0]!.quality, version.features)),
    unit: "ms",
  };
  const index = best(() => indexTreesOf(version));
  yield { name: "index trees of two Datanets, 10,000 × 512", value: index, unit: "ms" };
  const inputs = settlementInputs(size);
  yield { name: "settlement, one pool, 10,000 contributions", value: best(() => settleEpochs(inputs)), unit: "ms" };
}

function runStage(name: string, accounts: number): StageResult {
  const folder = mkdtempSync(join(tmpdir(), "openledger-merkle-"));
  try {
    const script = join(import.meta.dirname, "merkle", "stage.ts");
    const args = [script, name, String(accounts), String(SEED), folder];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as StageResult;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
