import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import { createContributions } from "./createContributions.ts";
import { BOND, CAPS, COOL_OFF, DAY, FEE, OPEN, hashOfParts, partsOf } from "./deployRegistries.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { load } = createContributions({ ethers, networkHelpers });
type Loaded = Awaited<ReturnType<typeof load>>;

async function consentOf(
  { contributions }: Loaded,
  signer: HardhatEthersSigner,
  message: {
    contributor: string;
    datanetId: bigint;
    partsHash: string;
    uri: string;
    nonce: bigint;
    deadline: bigint;
  } & typeof CAPS,
) {
  const { chainId } = await ethers.provider.getNetwork();
  const domain = {
    name: "OpenLedger",
    version: "2",
    chainId,
    verifyingContract: await contributions.getAddress(),
  };
  const types = {
    Consent: [
      { name: "contributor", type: "address" },
      { name: "datanetId", type: "uint256" },
      { name: "partsHash", type: "bytes32" },
      { name: "uri", type: "string" },
      { name: "bond", type: "uint96" },
      { name: "reviewFee", type: "uint96" },
      { name: "judgeModelId", type: "uint64" },
      { name: "nonce", type: "uint256" },
      { name: "deadline", type: "uint256" },
    ],
  };
  return signer.signTypedData(domain, types, message);
}

describe("consent to a submission that somebody else sends", () => {
  const parts = partsOf(2);
  const message = (contributor: HardhatEthersSigner) => ({
    contributor: contributor.address,
    datanetId: 1n,
    partsHash: hashOfParts(parts),
    uri: "ipfs://parts",
    ...CAPS,
    nonce: 0n,
    deadline: 2n ** 40n,
  });

  it("is refused after its deadline", async () => {
    const loaded = await load();
    const { contributions, contributor, relayer } = loaded;
    const late = { ...message(contributor), deadline: 1n };
    const signature = await consentOf(loaded, contributor, late);
    await expect(contributions.connect(relayer).submitFor(contributor, 1, parts, late.uri, CAPS, 1, signature))
      .to.be.revertedWithCustomError(contributions, "ContributionConsentExpired")
      .withArgs(1n);
  });

  it("is refused from anybody else and for anything else", async () => {
    const loaded = await load();
    const { contributions, contributor, relayer } = loaded;
    const consent = message(contributor);
    const by = contributions.connect(relayer);
    const forged = await consentOf(loaded, relayer, consent);
    const signed = await consentOf(loaded, contributor, consent);
    for (const call of [
      () => by.submitFor(contributor, 1, parts, consent.uri, CAPS, consent.deadline, forged),
      () => by.submitFor(contributor, 1, parts, "ipfs://other", CAPS, consent.deadline, signed),
      () => by.submitFor(contributor, 1, partsOf(3), consent.uri, CAPS, consent.deadline, signed),
      () => by.submitFor(contributor, 1, parts, consent.uri, CAPS, consent.deadline + 1n, signed),
      () => by.submitFor(contributor, 2, parts, consent.uri, CAPS, consent.deadline, signed),
      () => by.submitFor(contributor, 1, parts, consent.uri, { ...CAPS, bond: BOND + 1n }, consent.deadline, signed),
      () =>
        by.submitFor(contributor, 1, parts, consent.uri, { ...CAPS, reviewFee: FEE + 1n }, consent.deadline, signed),
    ])
      await expect(call())
        .to.be.revertedWithCustomError(contributions, "ContributionInvalidConsent")
        .withArgs(contributor.address);
  });

  it("is refused once the contributor has cancelled it", async () => {
    const loaded = await load();
    const { contributions, contributor, relayer } = loaded;
    const consent = message(contributor);
    const signature = await consentOf(loaded, contributor, consent);
    await expect(contributions.connect(contributor).cancelConsent())
      .to.emit(contributions, "ConsentCancelled")
      .withArgs(contributor.address, 0n);
    await expect(
      contributions.connect(relayer).submitFor(contributor, 1, parts, consent.uri, CAPS, consent.deadline, signature),
    ).to.be.revertedWithCustomError(contributions, "ContributionInvalidConsent");
  });

  it("registers for the contributor, once, at the relayer's expense", async () => {
    const loaded = await load();
    const { contributions, contributor, relayer, token } = loaded;
    const consent = message(contributor);
    const signature = await consentOf(loaded, contributor, consent);
    const submit = () =>
      contributions.connect(relayer).submitFor(contributor, 1, parts, consent.uri, CAPS, consent.deadline, signature);
    await expect(submit()).to.changeTokenBalances(ethers, token, [contributor, relayer], [0n, -2n * (BOND + FEE)]);
    expect(await contributions.ownerOf(2)).to.equal(contributor.address);
    expect((await contributions.submissionOf(1)).sponsor).to.equal(relayer.address);
    expect(await contributions.nonces(contributor)).to.equal(1n);
    await expect(submit()).to.be.revertedWithCustomError(contributions, "ContributionInvalidConsent");
  });

  it("returns bond and unearned fee to the relayer that paid them", async () => {
    const loaded = await load();
    const { contributions, contributor, relayer, review, buyer, token } = loaded;
    const consent = message(contributor);
    const signature = await consentOf(loaded, contributor, consent);
    await contributions
      .connect(relayer)
      .submitFor(contributor, 1, parts, consent.uri, CAPS, consent.deadline, signature);
    await expect(contributions.connect(review).resolve(1, 0b01n, [buyer], [FEE])).to.changeTokenBalances(
      ethers,
      token,
      [relayer, contributor, buyer],
      [BOND + FEE, 0n, FEE],
    );
    await contributions.connect(contributor).revoke(1);
    await time.increase(DAY + COOL_OFF);
    await expect(contributions.connect(contributor).withdrawBond(1)).to.changeTokenBalances(
      ethers,
      token,
      [relayer, contributor],
      [BOND, 0n],
    );
  });
});

describe("a sponsored bond", () => {
  it("is the sponsor's to lose and to get back, and every buyer sees it", async () => {
    const loaded = await load();
    const { contributions, contributor, relayer, review, harm, buyer, stranger, token } = loaded;
    const parts = partsOf(1);
    const consent = {
      ...{ contributor: contributor.address, datanetId: 1n, partsHash: hashOfParts(parts), uri: "" },
      ...{ ...CAPS, nonce: 0n, deadline: 2n ** 40n },
    };
    const signature = await consentOf(loaded, contributor, consent);
    await contributions.connect(relayer).submitFor(contributor, 1, parts, "", CAPS, consent.deadline, signature);
    await contributions.connect(review).resolve(1, 1n, [], []);
    await contributions.connect(contributor).transferFrom(contributor, buyer, 1);
    expect((await contributions.contributionOf(1)).sponsor).to.equal(relayer.address);

    // Spam is charged: contributor and buyer lose nothing.
    await expect(contributions.connect(harm).slashBond(1, OPEN, stranger)).to.changeTokenBalances(
      ethers,
      token,
      [relayer, contributor, buyer],
      [0n, 0n, 0n],
    );
    await contributions.connect(buyer).revoke(1);
    await time.increase(DAY + COOL_OFF);
    const withdrawal = contributions.connect(buyer).withdrawBond(1);
    await expect(withdrawal).to.changeTokenBalances(
      ethers,
      token,
      [relayer, contributor, buyer],
      [BOND - OPEN, 0n, 0n],
    );
    await expect(withdrawal)
      .to.emit(contributions, "BondWithdrawn")
      .withArgs(1n, relayer.address, BOND - OPEN);
  });
});
