import { expect } from "chai";
import { network } from "hardhat";
import { asAddress } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import {
  buildPayoutsTree,
  packPayouts,
  type Payout,
  type PayoutsTree,
} from "@openledger/protocol/trees/payoutsTree.ts";
import { DAY, DISPUTES, nextRoot, OPEN } from "./deployRewards.ts";
import { copy, createSettling, crowd, MODEL, payout, type Deployed, WINDOW } from "./settling.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;
const { deploy, deployClaims, fundEpoch, post, settle } = createSettling({ ethers, networkHelpers });

describe("Claims from the RewardDistributor", () => {
  describe("claims", () => {
    it("pay what is new since the last one, to anybody's call", async () => {
      const deployed = await networkHelpers.loadFixture(deployClaims);
      const { distributor, token, stranger, alice, others, mine, proof, place } = deployed;
      const claim = () => distributor.connect(stranger).claim(place, { ...mine }, proof);
      await expect(claim()).to.changeTokenBalances(ethers, token, [distributor, alice], [-5n * OPEN, 5n * OPEN]);
      await expect(claim()).to.be.revertedWithCustomError(distributor, "DistributorNothingToClaim").withArgs(alice);

      const next = await settle(deployed, [payout(alice.address, 8n * OPEN), ...others]);
      const at = next.indexOf(asAddress(alice.address))!;
      await expect(distributor.claim(at, { ...next.payout(at) }, next.proof(at)))
        .to.emit(distributor, "Claimed")
        .withArgs(alice, alice, 3n * OPEN);
      expect(await distributor.claimedBy(alice)).to.equal(8n * OPEN);
    });

    it("refuse every change of a leaf, its place or its proof", async () => {
      const { distributor, stranger, mine, proof, place, tree } = await networkHelpers.loadFixture(deployClaims);
      const other = place ^ 1;
      for (const [index, leaf, siblings] of [
        [place, { ...mine, account: stranger.address }, proof],
        [place, { ...mine, cumulative: mine.cumulative + 1n }, proof],
        [place, { ...mine, entriesRoot: keccakText("other entries") }, proof],
        [place, mine, proof.slice(1)],
        [place, mine, [...proof, proof[0]!]],
        [place, mine, [...proof].reverse()],
        [other, mine, proof],
        [place + 2 ** tree.depth, mine, proof],
      ] as const) {
        await expect(distributor.claim(index, { ...leaf }, [...siblings])).to.be.revertedWithCustomError(
          distributor,
          "DistributorInvalidProof",
        );
      }
    });

    it("refuse a leaf behind the number of accounts, though it hashes to the root", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, stranger } = deployed;
      const payouts = ordered([...crowd(3, () => OPEN), payout(stranger.address, OPEN)]);
      const tree = buildPayoutsTree(packPayouts(payouts));
      const epoch = await fundEpoch(deployed, 4n * OPEN);
      const root = await nextRoot(distributor, epoch, tree.root, 3);
      await post(deployed, root);
      await time.increase(WINDOW);
      await distributor.finalize(root);
      await expect(distributor.claim(3, { ...tree.payout(3) }, tree.proof(3))).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidProof",
      );
      const run = tree.run(0, 4);
      await expect(distributor.claimBatch(0, copy(run.payouts), run.proof)).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidProof",
      );
      await distributor.claim(2, { ...tree.payout(2) }, tree.proof(2));
    });

    it("have nothing to pay before the first root", async () => {
      const { distributor, stranger } = await networkHelpers.loadFixture(deploy);
      const nothing = payout(stranger.address, OPEN);
      for (const claim of [
        () => distributor.claim(0, { ...nothing }, []),
        () => distributor.claimBatch(0, [{ ...nothing }], []),
        () => distributor.claimBatch(0, [], []),
      ]) {
        await expect(claim()).to.be.revertedWithCustomError(distributor, "DistributorInvalidProof");
      }
    });

    it("go on while posting is paused", async () => {
      const { distributor, guardian, token, alice, mine, proof, place } =
        await networkHelpers.loadFixture(deployClaims);
      await distributor.connect(guardian).pausePosts(7n * DAY);
      await expect(distributor.claim(place, { ...mine }, proof)).to.changeTokenBalance(ethers, token, alice, 5n * OPEN);
    });

    it("go to the recipient that the account set, until it takes it back", async () => {
      const { distributor, token, stranger, alice, mine, proof, place } =
        await networkHelpers.loadFixture(deployClaims);
      await expect(distributor.connect(alice).setRecipient(stranger))
        .to.emit(distributor, "RecipientSet")
        .withArgs(alice, stranger);
      expect(await distributor.recipientOf(alice)).to.equal(stranger);
      await expect(distributor.claim(place, { ...mine }, proof)).to.changeTokenBalances(
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
      const { distributor, token, stranger, market, alice, mine, proof, place } =
        await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: stranger.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      const send = (recipient: string, until: bigint) =>
        distributor.connect(market).claimWithSignature(place, { ...mine }, proof, recipient, until, signature);
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
      const { distributor, alice, mine, proof, place } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const richer = { ...mine, cumulative: mine.cumulative + 1n };
      const claim = { account: alice.address, recipient: alice.address, cumulative: richer.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await expect(
        distributor.claimWithSignature(place, richer, proof, alice, deadline, signature),
      ).to.be.revertedWithCustomError(distributor, "DistributorInvalidProof");
    });

    it("are taken until the second of their deadline, and told of", async () => {
      const { distributor, alice, stranger, mine, proof, place } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: stranger.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await time.setNextBlockTimestamp(deadline);
      await expect(distributor.claimWithSignature(place, { ...mine }, proof, stranger, deadline, signature))
        .to.emit(distributor, "Claimed")
        .withArgs(alice, stranger, mine.cumulative);
    });

    it("end with their deadline", async () => {
      const { distributor, alice, mine, proof, place } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: alice.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await time.increaseTo(deadline);
      await expect(distributor.claimWithSignature(place, { ...mine }, proof, alice, deadline, signature))
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
        distributor.claimWithSignature(0, { ...tree.payout(0) }, [], stranger, deadline, signature);
      await expect(send(forged)).to.be.revertedWithCustomError(distributor, "DistributorInvalidSignature");
      await expect(send(await signClaim(distributor, key, claim))).to.changeTokenBalance(ethers, token, stranger, OPEN);
    });
  });

  describe("batches", () => {
    it("pay every run of the tree", async () => {
      const { tree, distributor } = await networkHelpers.loadFixture(deployClaims);
      for (let first = 0; first < tree.size; first++) {
        for (let count = 1; count <= tree.size - first; count++) {
          const { payouts, proof } = tree.run(first, count);
          const expected = payouts.reduce((sum, { cumulative }) => sum + cumulative, 0n);
          expect(await distributor.claimBatch.staticCall(first, copy(payouts), proof)).to.equal(expected);
        }
      }
    });

    it("skip what is claimed, and name the accounts and amounts they paid", async () => {
      const { distributor, tree, mine, proof, place } = await networkHelpers.loadFixture(deployClaims);
      await distributor.claim(place, { ...mine }, proof);
      const run = tree.run(0, tree.size);
      const words = run.payouts
        .filter(({ account }) => account !== mine.account)
        .map(({ account, cumulative }) => (BigInt(account) << 96n) | cumulative);
      await expect(distributor.claimBatch(0, copy(run.payouts), run.proof))
        .to.emit(distributor, "Distributed")
        .withArgs(words);
      for (const { account, cumulative } of run.payouts) {
        expect(await distributor.claimedBy(account)).to.equal(cumulative);
      }
    });

    it("respect recipients", async () => {
      const { distributor, token, tree, alice, stranger, place } = await networkHelpers.loadFixture(deployClaims);
      await distributor.connect(alice).setRecipient(stranger);
      const leaf = tree.payout(place);
      await expect(distributor.claimBatch(place, [{ ...leaf }], tree.proof(place))).to.changeTokenBalances(
        ethers,
        token,
        [alice, stranger],
        [0n, leaf.cumulative],
      );
    });

    it("refuse every change of a run, its place or its proof", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      const { first, payouts, proof } = tree.run(2, 5);
      const leaves = copy(payouts);
      const richer = leaves.map((leaf, i) => (i === 3 ? { ...leaf, cumulative: leaf.cumulative + 1n } : leaf));
      const swapped = [leaves[1]!, leaves[0]!, ...leaves.slice(2)];
      for (const [at, given, siblings] of [
        [first, richer, proof],
        [first, swapped, proof],
        [first, leaves.slice(1), proof],
        [first - 1, leaves, proof],
        [first + 1, leaves, proof],
        [first + 2 ** tree.depth, leaves, proof],
        [first, leaves, proof.slice(1)],
        [first, leaves, [...proof, proof[0]!]],
        [first, [], proof],
        [tree.size - 1, leaves, proof],
      ] as const) {
        await expect(distributor.claimBatch(at, copy(given), [...siblings])).to.be.revertedWithCustomError(
          distributor,
          "DistributorInvalidProof",
        );
      }
      await distributor.claimBatch(first, leaves, proof);
    });

    it("pay the only leaf of a tree", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      const [only] = crowd(1, () => OPEN) as [Payout];
      await settle(deployed, [only]);
      await distributor.claimBatch(0, [{ ...only }], []);
      expect(await token.balanceOf(only.account)).to.equal(OPEN);
    });

    it("pay as little as one wei", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      const poor = crowd(2, () => 1n);
      const tree = await settle(deployed, poor);
      const { payouts, proof } = tree.run(0, 2);
      await distributor.claimBatch(0, copy(payouts), proof);
      for (const { account } of poor) expect(await token.balanceOf(account)).to.equal(1n);
    });

    it("leave a payment that fails to be claimed", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      // The token refuses to pay the zero address.
      const others = crowd(7, (i) => BigInt(i + 1) * OPEN);
      const tree = await settle(deployed, [payout(ethers.ZeroAddress, 9n * OPEN), ...others]);
      const { payouts, proof } = tree.run(0, 8);
      await distributor.claimBatch(0, copy(payouts), proof);
      for (const { account, cumulative } of others) {
        expect(await token.balanceOf(account)).to.equal(cumulative);
      }
      expect(await distributor.claimedBy(ethers.ZeroAddress)).to.equal(0n);
      expect(await token.balanceOf(distributor)).to.equal(9n * OPEN);
      expect(await distributor.totalClaimed()).to.equal(28n * OPEN);
    });
  });

  describe("the limit of a root", () => {
    /** Finalizes a root that pays `payouts`, whatever was funded, with so much behind its signers. */
    async function settleWith(deployed: Deployed, funded: bigint, payouts: readonly Payout[], cover?: bigint) {
      const { distributor } = deployed;
      const tree = buildPayoutsTree(packPayouts(ordered(payouts)));
      const root = await nextRoot(distributor, await fundEpoch(deployed, funded), tree.root, tree.size);
      await post(deployed, root);
      await time.increase(WINDOW);
      if (cover !== undefined) await networkHelpers.setCode(DISPUTES, coveredBy(cover));
      await distributor.finalize(root);
      return tree;
    }

    it("keeps a false leaf from the pools of others, on every way to be paid", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, token, stranger } = deployed;
      const greedy = payout(stranger.address, 10_010n * OPEN);
      const tree = await settleWith(deployed, 10n * OPEN, [greedy, payout(ethers.toBeHex(1, 20), OPEN)]);
      await distributor.connect(market).fund(MODEL, 10_000n * OPEN);
      const at = tree.indexOf(greedy.account)!;
      const snapshot = await networkHelpers.takeSnapshot();
      for (const pay of [
        () => distributor.claim(at, { ...greedy }, tree.proof(at)),
        () => distributor.claimBatch(at, [{ ...greedy }], tree.proof(at)),
        () => distributor.claimBatch(0, copy(tree.run(0, 2).payouts), []),
      ]) {
        await pay();
        expect(await distributor.totalClaimed()).to.equal(10n * OPEN);
        expect(await token.balanceOf(distributor)).to.equal(10_000n * OPEN);
        await expect(distributor.claim(at, { ...greedy }, tree.proof(at)))
          .to.be.revertedWithCustomError(distributor, "DistributorLimitReached")
          .withArgs(10n * OPEN);
        await expect(distributor.claimBatch(at, [{ ...greedy }], tree.proof(at)))
          .to.emit(distributor, "Distributed")
          .withArgs([]);
        await snapshot.restore();
      }
    });

    it("pays what the signers stand for, and the rest with later roots", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      const owed = crowd(3, () => 10n * OPEN);
      const tree = await settleWith(deployed, 30n * OPEN, owed, 15n * OPEN);
      expect((await distributor.finalizedRoot()).claimLimit).to.equal(15n * OPEN);
      const pay = async (of: PayoutsTree) => {
        const run = of.run(0, of.size);
        await distributor.claimBatch(0, copy(run.payouts), run.proof);
        return Promise.all(run.payouts.map(({ account }) => token.balanceOf(account)));
      };
      expect(await pay(tree)).to.deep.equal([10n * OPEN, 5n * OPEN, 0n]);
      expect(await distributor.totalClaimed()).to.equal(15n * OPEN);

      const later = await settleWith(deployed, 1n, [{ ...owed[0]!, cumulative: 10n * OPEN + 1n }, ...owed.slice(1)]);
      expect((await distributor.finalizedRoot()).claimLimit).to.equal(30n * OPEN);
      await pay(later);
      expect(await distributor.totalClaimed()).to.equal(30n * OPEN);

      const last = await settleWith(deployed, 1n, [{ ...owed[0]!, cumulative: 10n * OPEN + 2n }, ...owed.slice(1)]);
      await pay(last);
      expect(await distributor.totalClaimed()).to.equal(30n * OPEN + 2n);
      expect(await token.balanceOf(distributor)).to.equal(0n);
    });
  });
});

const ordered = (payouts: readonly Payout[]) => [...payouts].sort((a, b) => (a.account < b.account ? -1 : 1));

/** Code of a disputes contract that holds nothing up and has so much behind the signers of every root: (36 < size) · cover. */
const coveredBy = (cover: bigint) => `0x366024107f${cover.toString(16).padStart(64, "0")}025f5260205ff3`;
