import { network } from "hardhat";
import { writeInt, writeUint, writeUint32 } from "@openledger/protocol/bytes.ts";
import { asAddress, writeHex, ZERO_HASH, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { payoutsOf } from "@openledger/protocol/score/payout.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import { buildModelsTree, type ModelSettlement } from "@openledger/protocol/trees/modelsTree.ts";
import { buildPayoutsTree, PAYOUT_BYTES, type PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { buildSumTree, LEAF_PREFIX, type SumTree } from "@openledger/protocol/trees/sumTree.ts";
import { sumProof } from "../../oracle/watch/calls.ts";
import { DAY, deployDisputes, OPEN, RECEIPTS_GRACE, signByAll } from "../../test/attribution/deployDisputes.ts";
import { createEconomy } from "../../test/attribution/economy.ts";
import { sizeOf } from "../../test/attribution/largestCalls.ts";
import type { Row } from "../report.ts";

/** What nodes take of one transaction. */
const MOST_BYTES = 131_072;
const MOST_GAS = 2 ** 24;
const MILLION = 1_000_000;
/** Most funded epochs of a root. */
const EPOCHS = 32;
/** Models with a pool in every one of them. */
const MODELS = 1_000;
/** Where in its tree what is asked about stands. */
const PLACE = 777_777;

/**
 * Bytes and gas of every proof and answer about accounts and entries: 10^6 contributions to a version, 10^6 accounts, 10^6
 * entries of one of them, 1,000 pools in each of 32 funded epochs.
 */
export async function* measureScale(seed: number): AsyncGenerator<Row> {
  const { ethers, networkHelpers } = await network.create({
    network: "default",
    chainType: "op",
    override: { throwOnTransactionFailures: false, blockGasLimit: 100_000_000n },
  });
  const wait = (seconds: bigint) => networkHelpers.time.increase(seconds);
  const deployment = await deployDisputes(ethers, wait);
  const { distributor, demands, disputes, stakes, market, token, clock, contributions, challenger, stranger } =
    deployment;
  const town = await createEconomy(deployment, { seed, models: 1, epochs: 0, parts: 1 }, wait);
  await town.activateAll();

  const funded: bigint[] = [];
  for (let n = 0; n < EPOCHS; n++) {
    funded.push(await earn());
    await wait(DAY);
  }
  await wait(RECEIPTS_GRACE);
  await stakes.snapshotQuorum();
  const contributionId = 1n;
  const account = asAddress(await contributions.payeeOf(contributionId, funded[0]!));
  const scores = scoresTree(contributionId);
  const pools = await Promise.all(funded.map((epoch) => distributor.poolOf(1, epoch)));
  const settlements = Array.from({ length: MODELS }, (_, m) =>
    funded.map((epoch, e) => settlementOf(BigInt(m + 1), epoch, m === 0 ? pools[e]! : 1n)),
  ).flat();
  const models = buildModelsTree(settlements);
  const earned = pools.reduce((sum, pool) => sum + payoutsOf(pool, [WEIGHT * BigInt(PLACE), WEIGHT, REST])[1]!, 0n);
  const first = ledger({ modelId: 1n, contributionId, cumulative: earned, earned });
  const root = await post(1n, funded.at(-1), first, models);

  const epochs = funded.map((_, e) => ({
    settlement: { settlement: settlements[e]!, proof: sumProof(models, e) },
    score: { leaf: { i: PLACE, contributionId, score: 1n, weight: WEIGHT }, proof: sumProof(scores, PLACE) },
  }));
  const leaf = accountAt(first, PLACE);
  const entry = entryOf(first);
  yield* proof("disputeEarned", root, entry, epochs);
  yield* proof("disputeCarried", root, entry, entry);
  yield* proof("disputeAccountsOrder", root, leaf, accountAt(first, PLACE + 1));
  yield* proof("disputeWorthlessAccount", root, leaf);
  yield* proof("disputeWorthlessEntry", root, entry);
  yield* proof("disputePayoutsNode", root, first.payouts.node(0, PLACE), PLACE, first.payouts.proof(PLACE));
  const ordered = [0, 1].map((i) => ({ preimage: entryBytes(first.entryAt(PLACE + i)), proof: entryProof(first, i) }));
  yield* proof("disputeEntriesOrder", root, leaf, ...ordered);
  yield* asked("demandEntry", [root, contributionId, epochs[0]], "answerEntry", [root, entry]);
  yield* asked("demandEntryAt", [root, leaf, PLACE], "answerEntryAt", [root, entry, PLACE]);
  const nodes = Array.from({ length: 32 }, (_, i) => first.payouts.node(first.payouts.depth - 5, i));
  yield* asked("demandPayouts", [root, 0, 0], "answerPayoutsNodes", [root, 0, nodes, []]);
  const depth = first.payouts.depth - 5;
  const group = Math.floor(PLACE / 32);
  const group32 = [root, group, first.payouts.run(group * 32, 32).payouts, first.payouts.proof(group, 5)];
  yield* asked("demandPayouts", [root, depth, group], "answerPayouts", group32);

  await wait(15n * DAY);
  await distributor.finalize(root);
  const again = await earn();
  await wait(DAY + RECEIPTS_GRACE);
  await stakes.snapshotQuorum();
  const second = ledger({ modelId: 1n, contributionId, cumulative: earned + 1n, earned: 1n });
  const next = await post(funded.at(-1) + 1n, again, second, models);
  const after = entryOf(second);
  yield* proof("disputeCarried after a root", next, after, entry);
  yield* asked("demandCarriedEntry", [next, entry], "answerEntry", [next, after]);
  yield* asked("demandPredecessor", [next, after], "answerPredecessor", [next, entry]);

  async function earn(): Promise<bigint> {
    await token.transfer(await market.tillOf(1), 1_000n * OPEN);
    await market.sweep(1);
    return clock.current();
  }

  function settlementOf(modelId: bigint, epoch: bigint, pool: bigint): ModelSettlement {
    return {
      ...{ modelId, epoch, versionId: 1n, indexHash: town.versions[0]!.hash, pool },
      ...{ queryHash: keccakText("F"), scoresRoot: scores.root, totalWeight: scores.total },
      ...{ receiptsRoot: ZERO_HASH, receiptCount: 0, fallbackSplit: false },
    };
  }

  /** A million accounts, one of which has a million entries, one of them `entry`. */
  function ledger(target: Entry) {
    const entryAt = (i: number): Entry =>
      i === PLACE ? target : { ...target, modelId: i < PLACE ? 0n : 2n, contributionId: BigInt(i) };
    const buffer = new Uint8Array(97);
    const entries = buildSumTree(
      MILLION,
      (i) => {
        const { modelId, contributionId: id, cumulative, earned: now } = entryAt(i);
        buffer[0] = LEAF_PREFIX;
        writeUint(buffer, 1, 32, modelId, "modelId");
        writeUint(buffer, 33, 32, id, "contributionId");
        writeUint(buffer, 65, 16, cumulative, "cumulative");
        writeUint(buffer, 81, 16, now, "earned");
        return buffer;
      },
      (i) => entryAt(i).cumulative,
    );
    return { entries, entryAt, payouts: crowd(account, entries) };
  }

  type Ledger = ReturnType<typeof ledger>;

  function accountAt({ payouts }: Ledger, index: number) {
    return { payout: payouts.payout(index), index, proof: payouts.proof(index) };
  }

  function entryProof({ entries }: Ledger, beyond = 0) {
    return sumProof(entries, PLACE + beyond);
  }

  function entryOf(of: Ledger) {
    return { account: accountAt(of, PLACE), entry: of.entryAt(PLACE), proof: entryProof(of) };
  }

  function entryBytes({ modelId, contributionId: id, cumulative, earned: now }: Entry) {
    return ethers.solidityPacked(["uint256", "uint256", "uint128", "uint128"], [modelId, id, cumulative, now]);
  }

  async function post(firstEpoch: bigint, lastEpoch: bigint, { payouts }: Ledger, tree: SumTree) {
    const { rootHash, payoutsTotal } = await distributor.finalizedRoot();
    let total = payoutsTotal;
    for (let epoch = firstEpoch; epoch <= lastEpoch; epoch++) total += await distributor.fundedIn(epoch);
    const posted = {
      ...{ firstEpoch, lastEpoch, previousRoot: rootHash, payoutsRoot: payouts.root, payoutsTotal: total },
      ...{ accounts: payouts.size, modelsRoot: tree.root, bundleHash: keccakText("bundle") },
    };
    const digest = await distributor.scoreRootDigest(posted, await stakes.latestSnapshot());
    await distributor.post(posted, await signByAll(deployment, digest));
    return posted;
  }

  /** A proof about what is right: everything is checked before it is refused. */
  async function* proof(name: string, ...args: unknown[]): AsyncGenerator<Row> {
    const method = name.split(" ")[0] as "disputeEarned";
    const data = disputes.interface.encodeFunctionData(method, args as never);
    const reason = await challenger.call({ to: disputes, data, gasLimit: MOST_GAS }).then(
      () => "nothing",
      (error: unknown) => disputes.interface.parseError((error as { data?: string }).data ?? "0x")?.name,
    );
    if (reason !== "DisputeRefuted") throw new Error(`${name} ended with ${reason}.`);
    yield* rows(name, data, await gasOf(challenger.address, await disputes.getAddress(), data, 0));
  }

  /** A demand, and the answer to it. */
  async function* asked(name: string, args: unknown[], answer: string, shown: unknown[]): AsyncGenerator<Row> {
    const to = await demands.getAddress();
    const question = demands.interface.encodeFunctionData(name as "demandEntry", args as never);
    yield* rows(name, question, await gasOf(challenger.address, to, question, 1));
    const data = demands.interface.encodeFunctionData(answer as "answerEntry", shown as never);
    yield* rows(`${answer} to ${name}`, data, await gasOf(stranger.address, to, data, 1));
  }

  async function gasOf(from: string, to: string, data: string, status: number): Promise<number> {
    const request = { from, to, data, gas: `0x${MOST_GAS.toString(16)}` };
    const hash = String(await ethers.provider.send("eth_sendTransaction", [request]));
    const receipt = await ethers.provider.getTransactionReceipt(hash);
    if (receipt?.status !== status)
      throw new Error(`A transaction of ${data.slice(0, 10)} ended with ${receipt?.status}.`);
    return Number(receipt.gasUsed);
  }
}

const WEIGHT = 3n;
const REST = WEIGHT * BigInt(MILLION - PLACE - 1);

function* rows(name: string, data: string, gas: number): Generator<Row> {
  yield { name: `${name}, transaction`, value: sizeOf(data), unit: "bytes", comparator: "<=", target: MOST_BYTES };
  yield { name, value: gas, unit: "gas", comparator: "<=", target: MOST_GAS };
}

/** A million scores of equal weight, one of them of this contribution. */
function scoresTree(contributionId: bigint): SumTree {
  const buffer = new Uint8Array(69);
  return buildSumTree(
    MILLION,
    (i) => {
      buffer[0] = LEAF_PREFIX;
      writeUint32(buffer, 1, i);
      writeUint(buffer, 5, 32, i === PLACE ? contributionId : BigInt(i) << 32n, "contributionId");
      writeInt(buffer, 37, 16, 1n, "score");
      writeUint(buffer, 53, 16, WEIGHT, "weight");
      return buffer;
    },
    () => WEIGHT,
  );
}

/** A million accounts, one of them with these entries. */
function crowd(account: Address, entries: SumTree): PayoutsTree {
  const packed = new Uint8Array(MILLION * PAYOUT_BYTES);
  const step = BigInt(account) / BigInt(PLACE);
  for (let i = 0; i < MILLION; i++) {
    const at = i * PAYOUT_BYTES;
    const mine = i === PLACE;
    writeUint(packed, at + 12, 20, mine ? BigInt(account) : neighbour(i, step, BigInt(account)), "account");
    writeUint(packed, at + 32, 32, mine ? entries.total : BigInt(i + 1), "cumulative");
    writeHex(packed, at + 64, mine ? entries.root : (ZERO_HASH satisfies Hash));
  }
  return buildPayoutsTree(packed);
}

/** Ascending, with `account` at its place. */
function neighbour(i: number, step: bigint, account: bigint): bigint {
  return i < PLACE ? step * BigInt(i) : account + BigInt(i - PLACE);
}
