import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import {
  buildPayoutsTree,
  packPayouts,
  type Payout,
  type PayoutsTree,
} from "@openledger/protocol/trees/payoutsTree.ts";
import { addOperators, DAY, deployRewards, DISPUTES, nextRoot, OPEN, signRoot } from "./deployRewards.ts";
import type { Chain } from "./measureGas.ts";

export const WINDOW = 2n * DAY;
export const EPOCH = 7n * DAY;
export const GRACE = DAY;
export const MODEL = 1n;

export type Deployed = Awaited<ReturnType<ReturnType<typeof createSettling>["deploy"]>>;

/** How roots come to be finalized on a chain. */
export function createSettling({ ethers, networkHelpers }: Chain) {
  const { time } = networkHelpers;

  /** A distributor with a quorum of five operators and a disputes contract that is an account. */
  async function deploy() {
    const rewards = await deployRewards(ethers);
    const operators = await addOperators(rewards, (await ethers.getSigners()).slice(10, 15), () => 10_000n * OPEN);
    await networkHelpers.setBalance(DISPUTES, 10n ** 20n);
    await networkHelpers.impersonateAccount(DISPUTES);
    const disputes = await ethers.getSigner(DISPUTES);
    await time.increase(DAY);
    await rewards.stakes.snapshotQuorum();
    const stranger = (await ethers.getSigners())[5]!;
    return { ...rewards, operators, disputes, stranger };
  }

  /** Funds the current epoch and waits until it is closed. */
  async function fundEpoch({ distributor, market, clock, stakes }: Deployed, amount: bigint): Promise<bigint> {
    const epoch = await clock.current();
    if (amount > 0n) await distributor.connect(market).fund(MODEL, amount);
    await time.increaseTo((await clock.endOf(epoch)) + GRACE);
    await stakes.snapshotQuorum();
    return epoch;
  }

  async function post(deployed: Deployed, root: ScoreRoot) {
    return deployed.distributor.post(root, await signRoot(deployed, root, deployed.operators));
  }

  /** Finalizes a root that pays `cumulative` to accounts that nobody knows and to those named. */
  async function settle(deployed: Deployed, payouts: readonly Payout[]): Promise<PayoutsTree> {
    const { distributor } = deployed;
    const tree = buildPayoutsTree(packPayouts([...payouts].sort((a, b) => (a.account < b.account ? -1 : 1))));
    const { payoutsTotal } = await distributor.finalizedRoot();
    const total = payouts.reduce((sum, { cumulative }) => sum + cumulative, 0n);
    const epoch = await fundEpoch(deployed, total - payoutsTotal);
    const root = await nextRoot(distributor, epoch, tree.root, tree.size);
    await post(deployed, root);
    await time.increase(WINDOW);
    await distributor.finalize(root);
    return tree;
  }

  /** The same with a finalized root that pays alice and twelve others. */
  async function deployClaims() {
    const deployed = await deploy();
    const alice = (await ethers.getSigners())[6]!;
    const others = crowd(12, (i) => BigInt(i + 1) * OPEN);
    const tree = await settle(deployed, [payout(alice.address, 5n * OPEN), ...others]);
    const place = tree.indexOf(asAddress(alice.address))!;
    return { ...deployed, alice, others, tree, place, mine: tree.payout(place), proof: tree.proof(place) };
  }

  return { deploy, deployClaims, fundEpoch, post, settle };
}

export function payout(account: string, cumulative: bigint): Payout {
  return { account: asAddress(account), cumulative, entriesRoot: keccakText(`entries of ${account} ${cumulative}`) };
}

/** Payouts of `count` accounts that exist nowhere else. */
export function crowd(count: number, cumulative: (i: number) => bigint): Payout[] {
  return Array.from({ length: count }, (_, i) => payout("0x" + keccakText(`account ${i}`).slice(26), cumulative(i)));
}

/** As ethers takes them: it does not take what is readonly. */
export const copy = (payouts: readonly Payout[]) => payouts.map((leaf) => ({ ...leaf }));
