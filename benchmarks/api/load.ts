// The client, in a process of its own: `load.ts URL ACCOUNTS SEED ROOT CONNECTIONS SECONDS`. Checks a sample of the proofs, then
// asks for proofs of accounts all over the tree.
import process from "node:process";
import autocannon from "autocannon";
import { asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import { payoutHash, payoutsParent } from "@openledger/protocol/trees/payoutsTree.ts";
import { account as accountSchema } from "../../oracle/api/schemas.ts";
import { createRandom } from "../../test/fixtures/settlement.ts";
import { accountAt } from "./accounts.ts";

const [url, payoutsRoot] = [process.argv[2]!, process.argv[5]!];
const [count, seed] = [Number(process.argv[3]), Number(process.argv[4])];
const [connections, duration] = [Number(process.argv[6]), Number(process.argv[7])];
const CHECKED = 200;
const PATHS = 20_000;

const random = createRandom(seed);
const anyIndex = () => ((random() << 24) | (random() << 16) | (random() << 8) | random()) >>> 0;
const pathOf = (index: number) => `/v1/accounts/${accountAt(index % count, count, seed)}`;

for (let i = 0; i < CHECKED; i++) {
  const response = await fetch(new URL(pathOf(anyIndex()), url));
  const { account, cumulative, entriesRoot, index, proof } = accountSchema.parse(await response.json());
  const leaf = payoutHash({ account: asAddress(account), cumulative, entriesRoot: asHash(entriesRoot) });
  const folded = proof
    .map((sibling) => asHash(sibling))
    .reduce<Hash>(
      (node, sibling, level) =>
        (index >>> level) % 2 === 0 ? payoutsParent(node, sibling) : payoutsParent(sibling, node),
      leaf,
    );
  if (folded !== payoutsRoot) throw new Error(`the proof of account ${account} does not give the root`);
}

const requests = Array.from({ length: PATHS }, () => ({ path: pathOf(anyIndex()) }));
const warm = { url, connections, requests };
await autocannon({ ...warm, duration: 3 });
const { latency, requests: answered, non2xx, errors } = await autocannon({ ...warm, duration });
process.stdout.write(
  JSON.stringify({ perSecond: answered.average, p50: latency.p50, p99: latency.p99, failed: non2xx + errors }),
);
