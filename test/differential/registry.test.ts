import { expect } from "chai";
import { network } from "hardhat";
import { consentType } from "@openledger/protocol/eip712/consent.ts";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, ZERO_HASH } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import {
  accumulateResolved,
  accumulateRevoked,
  hashParts,
  KIND_NUMBER,
  reviewCommitment,
  type Part,
} from "@openledger/protocol/registry/submission.ts";
import { CAPS } from "../datanet/deployRegistries.ts";
import { COMMIT_PERIOD, deployReview, REVEAL_PERIOD } from "../datanet/deployReview.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });

const parts: Part[] = [1, 2, 3].map((n) => ({ kind: "train", contentRoot: keccakText(`content ${n}`), examples: n }));
const encodedParts = parts.map((part) => ({ ...part, kind: KIND_NUMBER[part.kind] }));

describe("registries in Solidity and in TypeScript", () => {
  it("agree on consents, votes and accumulators, from submission to revocation", async () => {
    const { contributions, review, panel, relayer } = await deployReview(ethers, 2);
    const contributor = new ethers.Wallet(keccakText("contributor"));
    const { chainId } = await ethers.provider.getNetwork();
    const partsHash = hashParts(parts);

    const consent = {
      contributor: asAddress(contributor.address),
      datanetId: 1n,
      partsHash,
      uri: "ipfs://é",
      ...CAPS,
      nonce: 0n,
      deadline: 2n ** 40n,
    };
    const domain = signingDomain(chainId, asAddress(await contributions.getAddress()));
    const signature = contributor.signingKey.sign(digestOf(domain, consentType, consent)).serialized;
    await contributions
      .connect(relayer)
      .submitFor(contributor.address, 1n, encodedParts, consent.uri, CAPS, consent.deadline, signature);
    expect((await contributions.submissionOf(1n)).partsHash).to.equal(partsHash);

    const [mask, salt] = [0b101n, keccakText("salt")];
    for (const validator of panel) {
      await review.connect(validator).commit(1n, reviewCommitment(1n, asAddress(validator.address), mask, salt));
    }
    await networkHelpers.time.increase(COMMIT_PERIOD);
    for (const validator of panel) await review.connect(validator).reveal(1n, mask, salt);
    await networkHelpers.time.increase(REVEAL_PERIOD);
    await review.resolve(1n);
    const resolved = accumulateResolved(ZERO_HASH, 1n, mask, partsHash);
    expect((await contributions.accumulatorOf(1n)).accumulator).to.equal(resolved);

    await networkHelpers.impersonateAccount(contributor.address);
    await networkHelpers.setBalance(contributor.address, 10n ** 20n);
    await contributions.connect(await ethers.getSigner(contributor.address)).revoke(3n);
    expect((await contributions.accumulatorOf(1n)).accumulator).to.equal(accumulateRevoked(resolved, 3n));
  });
});
