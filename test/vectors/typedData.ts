import { claimType } from "@openledger/protocol/eip712/claim.ts";
import { consentType } from "@openledger/protocol/eip712/consent.ts";
import { digestOf, domainSeparator, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { signedIndexType } from "@openledger/protocol/eip712/indexAttestation.ts";
import { possessionType } from "@openledger/protocol/eip712/possession.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { rootHashOf, scoreRootType } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { StructType } from "@openledger/protocol/eip712/typedData.ts";
import { fixedAddress, fixedHash, fixedUint } from "./fixed.ts";

const domain = signingDomain(31337n, fixedAddress("verifying contract"));

const scoreRoot = {
  firstEpoch: 3n,
  lastEpoch: 5n,
  previousRoot: fixedHash("previousRoot"),
  payoutsRoot: fixedHash("payoutsRoot"),
  payoutsTotal: fixedUint("payoutsTotal", 89),
  accounts: 1_000_000,
  modelsRoot: fixedHash("modelsRoot"),
  bundleHash: fixedHash("bundleHash"),
};

/** Type hashes, struct hashes and digests of everything that is signed (docs/protocol.md §5). */
export function typedDataVectors() {
  return {
    domain: { ...domain, separator: domainSeparator(domain) },
    rootHash: rootHashOf(scoreRoot),
    structs: [
      vector(scoreRootType, { ...scoreRoot, snapshotId: 4n }),
      vector(signedIndexType, {
        versionId: 7n,
        partsHash: fixedHash("partsHash"),
        size: 474,
        k: 512,
        certificateBps: 9_700,
        bundleHash: fixedHash("index bundleHash"),
        snapshotId: 12n,
      }),
      vector(receiptType, {
        versionId: 7n,
        consumer: fixedAddress("consumer"),
        requestHash: fixedHash("requestHash"),
        outputHash: fixedHash("outputHash"),
        fee: 2n * 10n ** 16n,
        paymentId: fixedHash("paymentId"),
        cumulative: 5n * 10n ** 16n,
        time: 1_790_000_000n,
      }),
      vector(claimType, {
        account: fixedAddress("account"),
        recipient: fixedAddress("recipient"),
        cumulative: fixedUint("cumulative", 89),
        deadline: 1_800_000_000n,
      }),
      vector(consentType, {
        contributor: fixedAddress("contributor"),
        datanetId: 2n,
        partsHash: fixedHash("partsHash"),
        uri: "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
        bond: 5n * 10n ** 18n,
        reviewFee: 10n ** 17n,
        judgeModelId: 3n,
        nonce: 0n,
        deadline: 1_800_000_000n,
      }),
      vector(possessionType, {
        operator: fixedAddress("operator"),
        role: 2,
        signer: fixedAddress("signer"),
        deadline: 1_800_000_000n,
      }),
    ],
  };
}

function vector<S>(type: StructType<S>, value: S) {
  const { name, encoded, typeHash } = type;
  return { name, encoded, typeHash, value, structHash: type.hash(value), digest: digestOf(domain, type, value) };
}
