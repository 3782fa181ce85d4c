import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import {
  buildPayoutsTree,
  packPayouts,
  type Payout,
  type PayoutsTree,
} from "@openledger/protocol/trees/payoutsTree.ts";
import { DAY, OPEN, addOperators, deployRewards, nextRoot, signRoot } from "./deployRewards.ts";

/** Cost of one operation, per account where it serves many. */
export interface OperationCost {
  readonly operation: "fund" | "post" | "finalize" | "claim" | "claimBatch" | "claimSubtree";
  /** Of the whole transaction, divided by the accounts that it serves. */
  readonly gas: number;
  /** What an OP chain bills for data: the FastLZ estimate of the signed transaction's compressed size, likewise divided. */
  readonly l1Bytes: number;
}

/** What `measureGas` needs of a network connection. */
export interface Chain {
  readonly ethers: HardhatEthers;
  readonly networkHelpers: NetworkHelpers<"op">;
}

export const SIGNERS = 7;
export const BATCH = 100;
export const SUBTREE_HEIGHT = 8;

/** What a transaction is charged. */
export interface Charge {
  readonly gas: number;
  /** The FastLZ estimate of the signed transaction's compressed size. */
  readonly l1Bytes: number;
}

/** What ethers leaves out of the receipts of an OP chain. */
interface Receipt {
  readonly gasUsed: string;
  readonly l1GasUsed: string;
}

const L1_BLOCK = "0x4200000000000000000000000000000000000015";

/** The simulated L1Block has no scalars: gives it those of OP Mainnet, base fee << 96 | blob base fee << 64. */
export async function setScalars({ ethers, networkHelpers }: Chain): Promise<void> {
  await networkHelpers.setStorageAt(L1_BLOCK, 3, ethers.toBeHex((5_227n << 96n) | (1_014_213n << 64n), 32));
}

/** What a transaction was charged, once it is mined. */
export async function chargeOf(provider: HardhatEthers["provider"], sent: Promise<{ hash: string }>): Promise<Charge> {
  const { hash } = await sent;
  const receipt = (await provider.send("eth_getTransactionReceipt", [hash])) as Receipt;
  // Since Fjord l1GasUsed is 16 gas per estimated byte.
  return { gas: Number(receipt.gasUsed), l1Bytes: Number(receipt.l1GasUsed) / 16 };
}

/**
 * Settles two epochs for `size` accounts and measures the second one, where every slot that a user meets again and again holds
 * a value already: repeat claims, repeat posts.
 */
export async function measureGas({ ethers, networkHelpers }: Chain, size: number): Promise<OperationCost[]> {
  const { time } = networkHelpers;
  await setScalars({ ethers, networkHelpers });
  const rewards = await deployRewards(ethers);
  const { distributor, stakes, clock, market } = rewards;
  const accounts = (await ethers.getSigners()).slice(4);
  // Stakes as they are after some rewards: no round numbers, which would be cheaper calldata.
  const stakeOf = (i: number) => 123_456_789_012_345_678_901_234n + BigInt(i) * 987_654_321_987_654_321n;
  const operators = await addOperators(rewards, accounts.slice(0, SIGNERS), stakeOf);
  await time.increase(DAY);

  const payees = Array.from({ length: size }, (_, i) => asAddress(`0x${keccakText(`account ${i}`).slice(26)}`)).sort();
  const perEpoch = (i: number) => OPEN + BigInt(i) * 12_345_678_912_345n;
  const total = payees.reduce((sum, _, i) => sum + perEpoch(i), 0n);
  const treeOf = (round: bigint): PayoutsTree =>
    buildPayoutsTree(
      packPayouts(
        payees.map((account, i) => ({
          account,
          cumulative: round * perEpoch(i),
          entriesRoot: keccakText(`entries ${round} ${i}`),
        })),
      ),
    );

  const costs: OperationCost[] = [];
  const record = async (
    operation: OperationCost["operation"],
    sent: Promise<{ hash: string }>,
    accountsServed: number,
  ): Promise<void> => {
    const { gas, l1Bytes } = await chargeOf(ethers.provider, sent);
    costs.push({ operation, gas: gas / accountsServed, l1Bytes: l1Bytes / accountsServed });
  };

  for (const round of [1n, 2n]) {
    costs.length = 0;
    const tree = treeOf(round);
    await distributor.connect(market).fund(1n, total - OPEN);
    await record("fund", distributor.connect(market).fund(1n, OPEN), 1);
    const epoch = await clock.current();
    await time.increaseTo((await clock.endOf(epoch)) + DAY);
    await stakes.snapshotQuorum();
    const root = await nextRoot(distributor, epoch, tree.root, tree.size);
    await record("post", distributor.post(root, await signRoot(rewards, root, operators)), 1);
    await time.increase(2n * DAY);
    await record("finalize", distributor.finalize(root), 1);

    await record("claim", distributor.claim(0, { ...tree.payout(0) }, tree.proof(0)), 1);
    // Not one that fills a subtree, whose proof is half as long.
    await record("claimBatch", claimRun(tree, 1, BATCH), BATCH);
    const height = 2 ** SUBTREE_HEIGHT;
    await record("claimSubtree", claimRun(tree, height, height), height);
  }
  return costs;

  function claimRun(tree: PayoutsTree, first: number, count: number) {
    const { payouts, proof } = tree.run(first, count);
    return distributor.claimBatch(first, copy(payouts), proof);
  }
}

const copy = (payouts: readonly Payout[]) => payouts.map((leaf) => ({ ...leaf }));
