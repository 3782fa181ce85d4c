// Writes the payouts of a root in a process of its own, which may take memory: `build.ts ACCOUNTS SEED FOLDER`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import { buildPayoutsTree, packPayouts } from "@openledger/protocol/trees/payoutsTree.ts";
import { toJson } from "../../oracle/common/json.ts";
import { writePayouts } from "../../oracle/store/payouts/writePayouts.ts";
import { makeAccounts } from "./accounts.ts";

const [count, seed, folder] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!];
const accounts = makeAccounts(count, seed);
const tree = buildPayoutsTree(packPayouts(accounts));
const root = {
  firstEpoch: 1n,
  lastEpoch: 1n,
  previousRoot: ZERO_HASH,
  payoutsRoot: tree.root,
  payoutsTotal: accounts.reduce((sum, { cumulative }) => sum + cumulative, 0n),
  accounts: count,
  modelsRoot: ZERO_HASH,
  bundleHash: ZERO_HASH,
};
const rootHash = rootHashOf(root);
await mkdir(join(folder, "payouts"));
await writePayouts(join(folder, "payouts", rootHash), accounts, tree);
process.stdout.write(toJson({ root, rootHash }));
