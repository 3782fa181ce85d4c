import { network } from "hardhat";
import { asAddress, asHash, type Address } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { buildPayoutsTree, packPayouts, type Payout } from "@openledger/protocol/trees/payoutsTree.ts";
import {
  DAY, IDLE, OPEN, addOperators, deployRewards, digestOfRoot, nextRoot, signDigest,
} from "../test/rewards/deployRewards.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const rewards = await deployRewards(ethers);
const { distributor, stakes, token, market } = rewards;
const signers = await ethers.getSigners();
const operators = await addOperators(rewards, signers.slice(5, 12), () => 100_000n * OPEN);
const disputes = "0x00000000000000000000000000000000000d1590";
await networkHelpers.setCode(disputes, IDLE);
await distributor.setDisputes(disputes);
await networkHelpers.time.increase(DAY * 2n);
await stakes.snapshotQuorum();

const N = 100_000;
const accounts = Array.from({ length: N }, (_, i) => asAddress("0x" + keccakText(`account ${i}`).slice(26))).sort();
const tree = (scale: bigint) => buildPayoutsTree(packPayouts(accounts.map((account, i) => ({ account, cumulative: scale * (10n ** 18n + BigInt(i) * 12345678912345n), entriesRoot: keccakText(`entries ${scale} ${i}`) }))));

const gas = async (p: Promise<{ hash: string }>) => { const tx = await p; const r = await ethers.provider.getTransactionReceipt(tx.hash); return r!.gasUsed; };
let epoch = 0n;
async function settle(scale: bigint) {
  const t = tree(scale);
  const total = scale * accounts.reduce((s, _, i) => s + 10n ** 18n + BigInt(i) * 12345678912345n, 0n);
  const paid = (await distributor.finalisedRoot()).payoutsTotal;
  console.log("fund", await gas(distributor.connect(market).fund(1n, total - paid)));
  epoch = await rewards.clock.current();
  await networkHelpers.time.increase(9n * DAY);
  await stakes.snapshotQuorum();
  const root = await nextRoot(distributor, epoch, t.root);
  const proof = await signDigest(stakes, await digestOfRoot(distributor, root), operators);
  const post = await gas(distributor.post(root, proof as never));
  await networkHelpers.time.increase(3n * DAY);
  const fin = await gas(distributor.finalise(root));
  console.log("post", post, "finalise", fin);
  return t;
}
for (let scale = 1n; scale <= 3n; scale++) {
  const t = await settle(scale);
  const c = (i: number) => { const p = t.payout(i); return gas(distributor.claim(p.account, p.cumulative, p.entriesRoot, t.proof(i))); };
  console.log("claim", await c(70000), await c(70001), 'len', t.proof(70000).length);
  const run = t.run(1000, 100);
  console.log("batch", Number(await gas(distributor.claimBatch(run.node, run.payouts as never, run.proof as never))) / 100);
  for (let f = 2000; f < 3000; f++) { const s = t.subtree(f, 8); if (s) { console.log("distribute", Number(await gas(distributor.distribute(s.payouts as never, s.proof as never))) / 256); break; } }
}
