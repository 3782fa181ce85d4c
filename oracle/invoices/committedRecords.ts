import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { signerOf } from "@openledger/protocol/quorum/proof.ts";
import { buildReceiptsTree } from "@openledger/protocol/trees/receiptsTree.ts";
import type { SumTree } from "@openledger/protocol/trees/sumTree.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { DisagreementError } from "../common/errors.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import type { ReceiptRecord } from "../jobs/receiptFiles.ts";
import { getReceipts } from "../jobs/receiptLines.ts";

/** A chain with the protocol. */
export interface Ledger {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
}

/** What a provider committed to for an epoch. */
export interface CommittedRecords {
  readonly epoch: bigint;
  /** In the order of the tree. */
  readonly records: readonly ReceiptRecord[];
  readonly tree: SumTree;
}

/**
 * What a model's provider has committed to on the chain, the last epoch first, each file fetched from `url` and checked: its tree is
 * the committed one, and every receipt is signed by who committed.
 *
 * @throws DisagreementError for receipts that are not; ContentUnavailableError where nobody has the file
 */
export async function* committedRecords(
  { contracts, deployment }: Ledger,
  modelId: bigint,
  url: string,
): AsyncGenerator<CommittedRecords> {
  const { InferenceMarket } = contracts;
  const filter = InferenceMarket.filters.ReceiptsCommitted(modelId);
  const commitments = await InferenceMarket.queryFilter(filter, deployment.firstBlock);
  const domain = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.InferenceMarket));
  const folder = mkdtempSync(join(tmpdir(), "openledger-receipts-"));
  try {
    const content = createContentFiles(folder, [url]);
    // the last commitment for an epoch replaces those before it
    const last = new Map(commitments.map(({ args }) => [args.epoch, args]));
    for (const { epoch, provider, receiptsRoot, uri } of [...last.values()].reverse()) {
      const records = await getReceipts(content, uri);
      const tree = buildReceiptsTree(records.map(({ receipt }) => receipt));
      const stranger = records.find(
        ({ receipt, signature }) => signerOf(digestOf(domain, receiptType, receipt), signature) !== asAddress(provider),
      );
      if (tree.root !== receiptsRoot || stranger !== undefined) {
        throw new DisagreementError("the receipts are not those that the provider committed to", {
          value: stranger === undefined ? tree.root : `payment ${stranger.receipt.paymentId}`,
          limit: stranger === undefined ? receiptsRoot : `signed by ${provider}`,
          remedy: "Do not rely on them; show both to the provider.",
        });
      }
      yield { epoch, records, tree };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
