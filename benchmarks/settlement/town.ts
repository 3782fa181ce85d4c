import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { defaultRecipe } from "../../oracle/jobs/defaultRecipe.ts";
import { outputHash, type ReceiptRecord, requestHash } from "../../oracle/jobs/receiptFiles.ts";
import { inputOf } from "../../oracle/jobs/trainingData.ts";
import type { Plan } from "../../oracle/jobs/versionFiles.ts";
import { textExample } from "../../oracle/data/example.ts";
import { accountOf, settlementInputs } from "../../test/fixtures/settlement.ts";

export const SEED = 9;
export const FEE = 10n ** 15n;
export const TOKEN = accountOf(1_000_001);
export const ADDRESSES = { OpenToken: TOKEN, JobEscrow: accountOf(1_000_002) };
/** Consumers of a model. */
const CONSUMERS = 50;

/** What every model answers like. */
export const plan: Plan = {
  format: "openledger-plan/1",
  recipe: defaultRecipe(inputOf("hashed-ngrams/1", [textExample("x", "no")]), 2, { seed: 1, members: 1, epochs: 1 }),
  encoding: "hashed-ngrams/1",
  labels: ["no", "yes"],
  parentVersionId: null,
};

/** The pools, but for their receipts: a model each, with 100 contributions. */
export function townOf(pools: number) {
  return settlementInputs({ seed: SEED, accounts: 10_000, contributions: 100, k: 32, models: pools, epochs: 1 });
}

export function tillOf(pool: number): Address {
  return accountOf(2_000_000 + pool);
}

/** A paid answer, one second after the one before. The signature is not checked: a check takes time, and no memory. */
export function recordOf(pool: number, i: number): ReceiptRecord {
  const request = {
    kind: "text" as const,
    input: `Question ${i} to model ${pool}: ${"why is it so, and since when? ".repeat(4)}`,
  };
  const answer = { label: plan.labels[i % 2]!, confidence: 600_000 };
  const receipt = {
    versionId: BigInt(pool + 1),
    consumer: asAddress(accountOf(i % CONSUMERS)),
    requestHash: requestHash(request),
    outputHash: outputHash(answer),
    fee: FEE,
    paymentId: keccakText(`payment ${pool} ${i}`),
    cumulative: FEE,
    time: 1_790_000_000n + BigInt(i),
  };
  return { receipt, signature: `0x${"5a".repeat(65)}`, request, answer };
}

/** What every part of the benchmark is told: `FOLDER POOLS RECEIPTS …`. */
export function partOf([folder, pools, receipts, ...rest]: readonly string[]) {
  return { folder: folder!, pools: Number(pools), receipts: Number(receipts), rest };
}
