import { expect } from "chai";
import { network } from "hardhat";
import { digestOf, domainSeparator, signingDomain, type SigningDomain } from "@openledger/protocol/eip712/domain.ts";
import { indexAttestationType } from "@openledger/protocol/eip712/indexAttestation.ts";
import { receiptType } from "@openledger/protocol/eip712/receipt.ts";
import { scoreRootType } from "@openledger/protocol/eip712/scoreRoot.ts";
import type { StructType } from "@openledger/protocol/eip712/typedData.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { deployMarket } from "../payments/deployMarket.ts";
import { batches, CASES, createValues } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });

type Deployed = Awaited<ReturnType<typeof deployMarket>>;

describe("typed data in Solidity and in TypeScript", () => {
  let deployed: Deployed;
  before(async () => {
    deployed = await deployMarket(ethers);
  });

  async function domainOf(contract: { getAddress(): Promise<string> }): Promise<SigningDomain> {
    const { chainId } = await ethers.provider.getNetwork();
    return signingDomain(chainId, asAddress(await contract.getAddress()));
  }

  /** Compares the digests that a contract's view returns, many to a call. */
  async function expectSameDigests<S>(
    contract: Deployed["distributor"] | Deployed["indexes"] | Deployed["market"],
    view: string,
    type: StructType<S>,
    make: () => S,
  ): Promise<void> {
    const harness = await deployHarness(ethers);
    const domain = await domainOf(contract);
    for (const items of batches(CASES, 500, make)) {
      const calls = items.map((item) => contract.interface.encodeFunctionData(view as never, [item] as never));
      const theirs = await harness.wordsOf(contract, calls);
      expect([...theirs]).to.deep.equal(items.map((item) => digestOf(domain, type, item)));
    }
  }

  it("has the same domains", async () => {
    for (const contract of [deployed.distributor, deployed.indexes, deployed.market]) {
      const { name, version, chainId, verifyingContract } = await contract.eip712Domain();
      expect([name, version]).to.deep.equal(["OpenLedger", "1"]);
      const theirs = signingDomain(chainId, asAddress(verifyingContract));
      expect(domainSeparator(theirs)).to.equal(domainSeparator(await domainOf(contract)));
    }
  });

  it("has the same digests of score roots", async () => {
    const values = createValues("score roots");
    await expectSameDigests(deployed.distributor, "scoreRootDigest", scoreRootType, () => ({
      firstEpoch: values.uint(64),
      lastEpoch: values.uint(64),
      previousRoot: values.hash(),
      payoutsRoot: values.hash(),
      payoutsTotal: values.uint(256),
      modelsRoot: values.hash(),
      bundleHash: values.hash(),
    }));
  });

  it("has the same digests of index attestations", async () => {
    const values = createValues("attestations");
    await expectSameDigests(deployed.indexes, "attestationDigest", indexAttestationType, () => ({
      versionId: values.uint(256),
      indexRoot: values.hash(),
      size: Number(values.uint(32)),
      k: Number(values.uint(16)),
      qualityHash: values.hash(),
      certificateBps: Number(values.uint(16)),
      bundleHash: values.hash(),
    }));
  });

  it("has the same digests of receipts", async () => {
    const values = createValues("receipts");
    await expectSameDigests(deployed.market, "receiptDigest", receiptType, () => ({
      versionId: values.uint(256),
      consumer: values.address(),
      requestHash: values.hash(),
      outputHash: values.hash(),
      fee: values.uint(256),
      paymentId: values.hash(),
      time: values.uint(64),
    }));
  });
});
