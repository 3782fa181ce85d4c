import { expect } from "chai";
import { network } from "hardhat";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import type { Payout } from "@openledger/protocol/trees/payoutsTree.ts";
import { DAY, OPEN } from "./deployRewards.ts";
import { copy, createSettling, crowd, payout, type Deployed } from "./settling.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deploy, deployClaims, settle } = createSettling({ ethers, networkHelpers });

describe("Claims from the RewardDistributor", () => {
  describe("claims", () => {
    it("pay what is new since the last one, to anybody's call", async () => {
      const deployed = await networkHelpers.loadFixture(deployClaims);
      const { distributor, token, stranger, alice, others, mine, proof } = deployed;
      const claim = () => distributor.connect(stranger).claim(alice, mine.cumulative, mine.entriesRoot, proof);
      await expect(claim()).to.changeTokenBalances(ethers, token, [distributor, alice], [-5n * OPEN, 5n * OPEN]);
      await expect(claim()).to.be.revertedWithCustomError(distributor, "DistributorNothingToClaim").withArgs(alice);

      const next = await settle(deployed, [payout(alice.address, 8n * OPEN), ...others]);
      const place = next.indexOf(asAddress(alice.address))!;
      const leaf = next.payout(place);
      await expect(distributor.claim(alice, leaf.cumulative, leaf.entriesRoot, next.proof(place)))
        .to.emit(distributor, "Claimed")
        .withArgs(alice, alice, 3n * OPEN);
      expect(await distributor.claimedBy(alice)).to.equal(8n * OPEN);
    });

    it("refuse every change of a leaf or its proof", async () => {
      const { distributor, stranger, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      const { cumulative, entriesRoot } = mine;
      for (const call of [
        () => distributor.claim(stranger, cumulative, entriesRoot, proof),
        () => distributor.claim(alice, cumulative + 1n, entriesRoot, proof),
        () => distributor.claim(alice, cumulative, keccakText("other entries"), proof),
        () => distributor.claim(alice, cumulative, entriesRoot, proof.slice(1)),
        () => distributor.claim(alice, cumulative, entriesRoot, [...proof, proof[0]!]),
        () => distributor.claim(alice, cumulative, entriesRoot, [...proof].reverse()),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(distributor, "DistributorInvalidProof");
      }
    });

    it("have nothing to pay before the first root", async () => {
      const { distributor, stranger } = await networkHelpers.loadFixture(deploy);
      await expect(distributor.claim(stranger, OPEN, keccakText("entries"), [])).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidProof",
      );
    });

    it("go on while posting is paused", async () => {
      const { distributor, guardian, token, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      await distributor.connect(guardian).pausePosts(7n * DAY);
      await expect(distributor.claim(alice, mine.cumulative, mine.entriesRoot, proof)).to.changeTokenBalance(
        ethers,
        token,
        alice,
        5n * OPEN,
      );
    });

    it("go to the recipient that the account set, until it takes it back", async () => {
      const { distributor, token, stranger, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      await expect(distributor.connect(alice).setRecipient(stranger))
        .to.emit(distributor, "RecipientSet")
        .withArgs(alice, stranger);
      expect(await distributor.recipientOf(alice)).to.equal(stranger);
      await expect(distributor.claim(alice, mine.cumulative, mine.entriesRoot, proof)).to.changeTokenBalances(
        ethers,
        token,
        [alice, stranger],
        [0n, 5n * OPEN],
      );
      const lowest = ethers.zeroPadValue("0x01", 20);
      await distributor.connect(alice).setRecipient(lowest);
      expect(await distributor.recipientOf(alice)).to.equal(lowest);
      await distributor.connect(alice).setRecipient(ethers.ZeroAddress);
      expect(await distributor.recipientOf(alice)).to.equal(alice);
      expect(await distributor.claimedBy(alice)).to.equal(5n * OPEN);
    });
  });

  describe("signed claims", () => {
    async function signClaim(
      distributor: Deployed["distributor"],
      signer: { signTypedData: Deployed["owner"]["signTypedData"] },
      claim: { account: string; recipient: string; cumulative: bigint; deadline: bigint },
    ) {
      const { chainId } = await distributor.eip712Domain();
      const verifyingContract = await distributor.getAddress();
      return signer.signTypedData(
        { name: "OpenLedger", version: "2", chainId, verifyingContract },
        {
          Claim: [
            { name: "account", type: "address" },
            { name: "recipient", type: "address" },
            { name: "cumulative", type: "uint256" },
            { name: "deadline", type: "uint256" },
          ],
        },
        claim,
      );
    }

    it("go where the account signed, once", async () => {
      const { distributor, token, stranger, market, alice, mine, proof } =
        await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: stranger.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      const send = (recipient: string, until: bigint) =>
        distributor.connect(market).claimWithSignature({ ...mine }, proof, recipient, until, signature);
      await expect(send(market.address, deadline))
        .to.be.revertedWithCustomError(distributor, "DistributorInvalidSignature")
        .withArgs(alice);
      await expect(send(stranger.address, deadline + 1n)).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidSignature",
      );
      await expect(send(ethers.ZeroAddress, deadline)).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidAddress",
      );
      await expect(send(stranger.address, deadline)).to.changeTokenBalances(
        ethers,
        token,
        [alice, stranger],
        [0n, 5n * OPEN],
      );
      await expect(send(stranger.address, deadline)).to.be.revertedWithCustomError(
        distributor,
        "DistributorNothingToClaim",
      );
    });

    it("refuse a leaf that is not in the tree, whoever signed for it", async () => {
      const { distributor, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const richer = { ...mine, cumulative: mine.cumulative + 1n };
      const claim = { account: alice.address, recipient: alice.address, cumulative: richer.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await expect(
        distributor.claimWithSignature(richer, proof, alice, deadline, signature),
      ).to.be.revertedWithCustomError(distributor, "DistributorInvalidProof");
    });

    it("are taken until the second of their deadline, and told of", async () => {
      const { distributor, alice, stranger, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: stranger.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await time.setNextBlockTimestamp(deadline);
      await expect(distributor.claimWithSignature({ ...mine }, proof, stranger, deadline, signature))
        .to.emit(distributor, "Claimed")
        .withArgs(alice, stranger, mine.cumulative);
    });

    it("end with their deadline", async () => {
      const { distributor, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: alice.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await time.increaseTo(deadline);
      await expect(distributor.claimWithSignature({ ...mine }, proof, alice, deadline, signature))
        .to.be.revertedWithCustomError(distributor, "DistributorSignatureExpired")
        .withArgs(deadline);
    });

    it("are taken from contract accounts", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token, stranger } = deployed;
      const key = ethers.Wallet.createRandom();
      const wallet = await (await ethers.deployContract("KeyWallet", [key.address])).getAddress();
      const tree = await settle(deployed, [payout(wallet, OPEN)]);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: wallet, recipient: stranger.address, cumulative: OPEN, deadline };
      const forged = await signClaim(distributor, ethers.Wallet.createRandom(), claim);
      const send = (signature: string) =>
        distributor.claimWithSignature({ ...tree.payout(0) }, [], stranger, deadline, signature);
      await expect(send(forged)).to.be.revertedWithCustomError(distributor, "DistributorInvalidSignature");
      await expect(send(await signClaim(distributor, key, claim))).to.changeTokenBalance(ethers, token, stranger, OPEN);
    });
  });

  describe("batches", () => {
    it("pay every run of the tree", async () => {
      const { tree, distributor } = await networkHelpers.loadFixture(deployClaims);
      for (let first = 0; first < tree.size; first++) {
        for (let count = 1; count <= tree.size - first; count++) {
          const { node, payouts, proof } = tree.run(first, count);
          const expected = payouts.reduce((sum, { cumulative }) => sum + cumulative, 0n);
          expect(await distributor.claimBatch.staticCall(node, copy(payouts), [...proof])).to.equal(expected);
        }
      }
    });

    it("skip what is claimed, and name the accounts and amounts they paid", async () => {
      const { distributor, tree, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      await distributor.claim(alice, mine.cumulative, mine.entriesRoot, proof);
      const run = tree.run(0, tree.size);
      const words = run.payouts
        .filter(({ account }) => account !== mine.account)
        .map(({ account, cumulative }) => (BigInt(account) << 96n) | cumulative);
      await expect(distributor.claimBatch(run.node, copy(run.payouts), [...run.proof]))
        .to.emit(distributor, "Distributed")
        .withArgs(words);
      for (const { account, cumulative } of run.payouts) {
        expect(await distributor.claimedBy(account)).to.equal(cumulative);
      }
    });

    it("refuse every change of a run or its proof", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      const { node, payouts, proof } = tree.run(2, 5);
      const leaves = copy(payouts);
      const richer = leaves.map((leaf, i) => (i === 3 ? { ...leaf, cumulative: leaf.cumulative + 1n } : leaf));
      // Siblings may be swapped: their hash does not tell. Leaves 1 and 2 of this run are no siblings.
      const swapped = [leaves[0]!, leaves[2]!, leaves[1]!, ...leaves.slice(3)];
      const [other, malformed] = ["DistributorInvalidProof", "PayoutProofMalformed"];
      for (const [n, l, p, error] of [
        [node, richer, proof, other],
        [node, swapped, proof, other],
        [node, leaves.slice(1), proof, malformed],
        [node - 1n, leaves, proof, other],
        [node + 1n, leaves, proof, malformed],
        [node * 2n, leaves, proof, malformed],
        [node, leaves, proof.slice(1), malformed],
        [node, leaves, [...proof, proof[0]!], malformed],
        [node, [], proof, malformed],
        [0n, leaves, proof, malformed],
        [1n, leaves, proof, malformed],
      ] as const) {
        const call = distributor.claimBatch(n, copy(l), [...p]);
        await expect(call).to.be.revertedWithCustomError(distributor, error);
      }
      await distributor.claimBatch(node, leaves, [...proof]);
    });

    it("refuse leaves of two levels as one run", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      // Nodes 4 and 3 are on two levels: with a sibling for each of them on every level, two nodes remain at the top.
      const leaves = copy([tree.payout(0), tree.payout(1)]);
      const siblings = Array<string>(4).fill(leaves[0]!.entriesRoot);
      await expect(distributor.claimBatch(4n, leaves, siblings)).to.be.revertedWithCustomError(
        distributor,
        "PayoutProofMalformed",
      );
    });

    it("pay the only leaf of a tree", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      const [only] = crowd(1, () => OPEN) as [Payout];
      await settle(deployed, [only]);
      await distributor.claimBatch(1n, [{ ...only }], []);
      expect(await token.balanceOf(only.account)).to.equal(OPEN);
    });

    it("pay as little as one wei", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      const poor = crowd(2, () => 1n);
      const tree = await settle(deployed, poor);
      const { node, payouts, proof } = tree.run(0, 2);
      await distributor.claimBatch(node, copy(payouts), [...proof]);
      for (const { account } of poor) expect(await token.balanceOf(account)).to.equal(1n);
    });

    it("leave a payment that fails to be claimed", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      // The token refuses to pay the zero address.
      const others = crowd(7, (i) => BigInt(i + 1) * OPEN);
      const tree = await settle(deployed, [payout(ethers.ZeroAddress, 9n * OPEN), ...others]);
      const subtree = tree.subtree(0, 3)!;
      await distributor.distribute(copy(subtree.payouts), subtree.proof);
      for (const { account, cumulative } of others) {
        expect(await token.balanceOf(account)).to.equal(cumulative);
      }
      expect(await distributor.claimedBy(ethers.ZeroAddress)).to.equal(0n);
      expect(await token.balanceOf(distributor)).to.equal(9n * OPEN);
    });
  });

  describe("distribution", () => {
    it("pays every perfect subtree", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      let found = 0;
      for (let height = 0; height <= 3; height++) {
        for (let first = 0; first + 2 ** height <= tree.size; first++) {
          const subtree = tree.subtree(first, height);
          if (subtree === undefined) continue;
          found++;
          const expected = subtree.payouts.reduce((sum, { cumulative }) => sum + cumulative, 0n);
          const call = distributor.distribute.staticCall(copy(subtree.payouts), subtree.proof);
          expect(await call).to.equal(expected);
        }
      }
      expect(found).to.be.greaterThan(tree.size);
    });

    it("respects recipients", async () => {
      const { distributor, token, tree, alice, stranger } = await networkHelpers.loadFixture(deployClaims);
      await distributor.connect(alice).setRecipient(stranger);
      const place = tree.indexOf(asAddress(alice.address))!;
      const leaf = tree.payout(place);
      await expect(distributor.distribute([{ ...leaf }], tree.proof(place))).to.changeTokenBalances(
        ethers,
        token,
        [alice, stranger],
        [0n, leaf.cumulative],
      );
    });

    it("refuses what is no power of two, or not of the tree", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      const leaves = copy(tree.run(0, 3).payouts);
      for (const payouts of [[], leaves]) {
        await expect(distributor.distribute(payouts, [])).to.be.revertedWithCustomError(
          distributor,
          "PayoutProofMalformed",
        );
      }
      await expect(distributor.distribute(leaves.slice(0, 2), [])).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidProof",
      );
    });
  });
});
