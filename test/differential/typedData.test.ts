import { expect } from "chai";
import { network } from "hardhat";
import { digestOf, domainSeparator, signingDomain, type SigningDomain } from "@openledger/protocol/eip712/domain.ts";
import { signedIndexType } from "@openledger/protocol/eip712/indexAttestation.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { scoreRootType } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { StructType } from "@openledger/protocol/eip712/typedData.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { deployMarket } from "../payments/deployMarket.ts";
import { compareCases, type Values } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });
const harness = await deployHarness(ethers);

const { distributor, indexes, market } = await deployMarket(ethers);

describe("typed data in Solidity and in TypeScript", () => {
  async function domainOf(contract: { getAddress(): Promise<string> }): Promise<SigningDomain> {
    const { chainId } = await ethers.provider.getNetwork();
    return signingDomain(chainId, asAddress(await contract.getAddress()));
  }

  /** Compares the digests that a contract's view returns, many to a call. */
  function compareDigests<S>(
    name: string,
    contract: typeof distributor | typeof indexes | typeof market,
    view: string,
    type: StructType<S>,
    make: (values: Values) => S,
    argumentsOf: (item: S) => unknown[] = (item) => [item],
  ): void {
    const compare = async (items: S[]) => {
      const domain = await domainOf(contract);
      const calls = items.map((item) =>
        contract.interface.encodeFunctionData(view as never, argumentsOf(item) as never),
      );
      const theirs = await harness.wordsOf(contract, calls);
      expect([...theirs]).to.deep.equal(items.map((item) => digestOf(domain, type, item)));
    };
    compareCases(name, { batch: 500, make, compare });
  }

  it("has the same domains", async () => {
    for (const contract of [distributor, indexes, market]) {
      const { name, version, chainId, verifyingContract } = await contract.eip712Domain();
      expect([name, version]).to.deep.equal(["OpenLedger", "2"]);
      const theirs = signingDomain(chainId, asAddress(verifyingContract));
      expect(domainSeparator(theirs)).to.equal(domainSeparator(await domainOf(contract)));
    }
  });

  compareDigests(
    "score roots",
    distributor,
    "scoreRootDigest",
    scoreRootType,
    (values) => ({
      firstEpoch: values.uint(64),
      lastEpoch: values.uint(64),
      previousRoot: values.hash(),
      payoutsRoot: values.hash(),
      payoutsTotal: values.uint(256),
      accounts: Number(values.uint(32)),
      modelsRoot: values.hash(),
      bundleHash: values.hash(),
      snapshotId: values.uint(64),
    }),
    ({ snapshotId, ...root }) => [root, snapshotId],
  );

  compareDigests(
    "index attestations",
    indexes,
    "attestationDigest",
    signedIndexType,
    (values) => ({
      versionId: values.uint(256),
      partsHash: values.hash(),
      size: Number(values.uint(32)),
      k: Number(values.uint(16)),
      certificateBps: Number(values.uint(16)),
      bundleHash: values.hash(),
      snapshotId: values.uint(64),
    }),
    (item) => [item, item.snapshotId],
  );

  compareDigests("receipts", market, "receiptDigest", receiptType, (values) => ({
    versionId: values.uint(256),
    consumer: values.address(),
    requestHash: values.hash(),
    outputHash: values.hash(),
    fee: values.uint(256),
    paymentId: values.hash(),
    cumulative: values.uint(256),
    time: values.uint(64),
  }));
});
