import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { signerOf } from "@openledger/protocol/quorum/proof.ts";
import { DisagreementError } from "../common/errors.ts";
import type { Ledger } from "./committedRecords.ts";
import type { Invoice } from "./invoice.ts";

/** @throws DisagreementError for a bill of another chain, of another model's version, or with a receipt that nobody signed */
export async function requireSigned({ contracts, deployment }: Ledger, { chainId, lines }: Invoice): Promise<void> {
  if (chainId !== deployment.chainId) {
    throw new DisagreementError("the invoice is of another chain", {
      value: chainId,
      limit: `chain ${deployment.chainId}`,
    });
  }
  const domain = signingDomain(BigInt(chainId), asAddress(deployment.addresses.InferenceMarket));
  const signers = new Map<string, ReadonlySet<string>>();
  for (const { modelId, receipt, signature } of lines) {
    const version = await contracts.ModelRegistry.versionOf(receipt.versionId);
    const providers = signers.get(`${modelId}`) ?? (await providersOf({ contracts, deployment }, modelId));
    signers.set(`${modelId}`, providers);
    const signer = signerOf(digestOf(domain, receiptType, receipt), signature);
    if (version.modelId === modelId && providers.has(signer)) continue;
    throw new DisagreementError("a receipt is not of the model's provider", {
      value: `payment ${receipt.paymentId}, signed by ${signer}`,
      limit: `model ${modelId}, provided by ${[...providers].join(", ")}`,
      remedy: "Do not pay by this invoice.",
    });
  }
}

/** Whoever committed to receipts of the model as its provider. */
async function providersOf({ contracts, deployment }: Ledger, modelId: bigint): Promise<ReadonlySet<string>> {
  const { InferenceMarket } = contracts;
  const filter = InferenceMarket.filters.ReceiptsCommitted(modelId);
  const commitments = await InferenceMarket.queryFilter(filter, deployment.firstBlock);
  return new Set(commitments.map(({ args }) => asAddress(args.provider)));
}
