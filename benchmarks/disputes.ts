import { network } from "hardhat";
import { deployDisputes } from "../test/attribution/deployDisputes.ts";
import { bytesOf, featuresOf, indexEvidence } from "../test/attribution/builtIndex.ts";
import { createEconomy } from "../test/attribution/economy.ts";
import { scoreEvidence, settlementEvidence } from "../test/attribution/evidence.ts";
import { measureScale } from "./disputes/scale.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 11;
/** Components of features and functionals. */
const DIMENSIONS = [1024, 512];
/** Contributions: 1 … 3 times this many, one depth of trees each. */
const PARTS = 85;
const GAS = "gas";

/**
 * Gas of disputes: whole transactions, under Prague rules (EIP-7623). `--scale`: bytes and gas of what is shown of a million
 * accounts and contributions. Measured with whatever was built last:
 * `npx hardhat build --build-profile production --no-tests` first.
 */
export const benchmark: Benchmark = {
  name: "disputes",
  seed: SEED,
  async *measure(options) {
    if (options.includes("--scale")) {
      yield* measureScale(SEED);
      return;
    }
    for (const k of DIMENSIONS) {
      for await (const row of measureAt(k)) yield { ...row, name: `k = ${k}: ${row.name}` };
    }
  },
};

async function* measureAt(k: number): AsyncGenerator<Row> {
  const { ethers, networkHelpers } = await network.create({
    network: "default",
    chainType: "op",
    override: { throwOnTransactionFailures: false },
  });
  const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
  const gasOf = async (sent: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>): Promise<number> => {
    const receipt = await (await sent).wait();
    if (receipt === null) throw new Error("The transaction was not mined.");
    return Number(receipt.gasUsed);
  };
  const deployment = await deployDisputes(ethers, wait);
  const { disputes, demands, challenger, stranger, clock } = deployment;
  const town = await createEconomy(deployment, { seed: SEED, models: 1, epochs: 1, k, parts: PARTS }, wait);
  const [version] = town.versions;
  if (version === undefined) throw new Error("The economy has no version.");
  const rows = `${version.rows.length.toLocaleString("en")} contributions`;

  await town.attest(version);
  await demands.connect(challenger).demandIndexRow(version.versionId, 3);
  yield {
    ...{ name: `answer with an index row and its features, ${rows}`, unit: GAS, comparator: "<=", target: 120_000 },
    value: await gasOf(
      demands.connect(stranger).answerIndexRow(version.versionId, indexEvidence(version, 3), featuresOf(version, 3)),
    ),
  };
  await wait(86_400n);
  await deployment.indexes.activate(version.versionId);
  await town.spend();

  const lastEpoch = (await clock.current()) - 1n;
  const settle = () =>
    town.settle(undefined, lastEpoch, {
      rows: (scores) => (scores[3] = { ...scores[3]!, score: scores[3]!.score + 1n }),
    });
  const built = await settle();
  const cancelled = await networkHelpers.takeSnapshot();
  await town.post(built);
  const settled = built.settlements[0]!;
  const { modelId, epoch } = settled.settlement;
  const evidence = [settlementEvidence(built, 0), scoreEvidence(settled, 3), indexEvidence(version, 3)] as const;
  const features = featuresOf(version, 3);
  const functional = bytesOf(settled.functional);

  await demands.connect(challenger).demandScore(built.root, modelId, epoch, 3);
  yield {
    name: `answer with a score, its index row and features, ${rows}`,
    unit: GAS,
    value: await gasOf(demands.connect(stranger).answerScore(built.root, ...evidence, features)),
  };
  await demands.connect(challenger).demandFunctional(built.root, modelId, epoch);
  yield {
    name: "answer with a functional",
    unit: GAS,
    value: await gasOf(demands.connect(stranger).answerFunctional(built.root, evidence[0], functional)),
  };
  const snapshot = await networkHelpers.takeSnapshot();
  const whole = await gasOf(disputes.connect(challenger).disputeScore(built.root, ...evidence, features, functional));
  yield {
    name: "wrong score proven, root cancelled, 4 signers slashed",
    unit: GAS,
    value: whole,
  };
  await snapshot.restore();

  // The proof alone: about an honest root everything is recomputed in the same way before the call is refused.
  const honest = await town.settle(undefined, lastEpoch);
  await cancelled.restore();
  await town.post(honest);
  const shown = [
    settlementEvidence(honest, 0),
    scoreEvidence(honest.settlements[0]!, 3),
    indexEvidence(version, 3),
    features,
  ] as const;
  const data = disputes.interface.encodeFunctionData("disputeScore", [honest.root, ...shown, functional]);
  yield {
    name: "wrong score, proof alone",
    unit: GAS,
    value: await refusedGas(data),
    ...{ comparator: "<=", target: 140_000 },
  };
  yield { name: "floor of EIP-7623 of that", unit: GAS, value: floorOf(data) };

  async function refusedGas(data: string): Promise<number> {
    const request = { from: challenger.address, to: await disputes.getAddress(), data, gas: "0x4c4b40" };
    const hash = String(await ethers.provider.send("eth_sendTransaction", [request]));
    const receipt = await ethers.provider.getTransactionReceipt(hash);
    if (receipt?.status !== 0) throw new Error("An honest score was not defended.");
    return Number(receipt.gasUsed);
  }
}

/** What a transaction with these data costs at least (EIP-7623). */
function floorOf(data: string): number {
  const bytes = data.slice(2).match(/../g) ?? [];
  const zeros = bytes.filter((byte) => byte === "00").length;
  return 21_000 + 10 * zeros + 40 * (bytes.length - zeros);
}
