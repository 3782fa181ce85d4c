// Writes what providers commit and what the chain tells of payments, in a process of its own: `prepare.ts FOLDER POOLS RECEIPTS`.
import { join } from "node:path";
import process from "node:process";
import { asHash } from "@openledger/protocol/hex.ts";
import { buildReceiptsTree } from "@openledger/protocol/trees/receiptsTree.ts";
import { getAddress } from "ethers";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { putReceipts } from "../../oracle/jobs/receiptFiles.ts";
import { createChainEvents } from "../../oracle/store/chainEvents.ts";
import { openStore } from "../../oracle/store/open.ts";
import { FEE, partOf, recordOf, tillOf } from "./town.ts";

const { folder, pools, receipts } = partOf(process.argv.slice(2));
const content = createContentFiles(join(folder, "content"), []);
const db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: folder });
const events = createChainEvents(db);
const hashOf = (number: number) => asHash(`0x${number.toString(16).padStart(64, "0")}`);
for (let pool = 0; pool < pools; pool++) {
  const records = Array.from({ length: receipts / pools }, (_, i) => recordOf(pool, i));
  const uri = await putReceipts(content, records);
  const { root, size } = buildReceiptsTree(records.map(({ receipt }) => receipt));
  const blockNumber = pool + 1;
  const happened = records.flatMap(({ receipt: { consumer, paymentId } }): [string, string, object][] => {
    const from = getAddress(consumer);
    return [
      ["OpenToken", "AuthorizationUsed", { authorizer: from, nonce: paymentId }],
      ["OpenToken", "Transfer", { from, to: getAddress(tillOf(pool)), value: `${FEE}` }],
    ];
  });
  const modelId = `${pool + 1}`;
  happened.push(
    ["InferenceMarket", "Swept", { modelId, epoch: "1", amount: `${FEE * BigInt(size)}` }],
    ["InferenceMarket", "ReceiptsCommitted", { modelId, epoch: "1", receiptsRoot: root, count: `${size}`, uri }],
  );
  const block = { hash: hashOf(blockNumber), parentHash: hashOf(blockNumber - 1), timestamp: blockNumber };
  await events.append(
    [{ number: blockNumber, ...block }],
    happened.map(([contract, name, args], logIndex) => ({
      ...{ blockNumber, logIndex, transactionHash: block.hash, contract, name, args: { ...args } },
    })),
  );
}
await db.close();
process.stdout.write("{}");
