import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import { accounts } from "../accounts.ts";
import type { OpenToken } from "../../typechain-types/index.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });

const CAP = 10n ** 27n;
const ZERO = ethers.ZeroAddress;
const STANDARD_BRIDGE = "0x4200000000000000000000000000000000000010";
const SUPERCHAIN_TOKEN_BRIDGE = "0x4200000000000000000000000000000000000028";
const OPTIMISM_MINTABLE_ID = "0xec4fc8e3";
const ERC7802_ID = "0x33331994";
const ERC165_ID = "0x01ffc9a7";

async function deployHome() {
  const { alice, bob, relayer } = await accounts(ethers, "alice", "bob", "relayer");
  const token = await ethers.deployContract("OpenToken", [alice, ZERO]);
  return { token, alice, bob, relayer };
}

async function deployBridged() {
  const { alice, bob } = await accounts(ethers, "alice", "bob");
  const remote = ethers.Wallet.createRandom().address;
  const token = await ethers.deployContract("OpenToken", [ZERO, remote]);
  return { token, alice, bob, remote };
}

async function impersonate(address: string) {
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, 10n ** 20n);
  return ethers.getSigner(address);
}

interface Authorisation {
  from: string;
  to: string;
  value: bigint;
  validAfter: bigint;
  validBefore: bigint;
  nonce: string;
}

const fields = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
];
const cancelFields = [
  { name: "authorizer", type: "address" },
  { name: "nonce", type: "bytes32" },
];

async function domainOf(token: OpenToken) {
  const { chainId } = await ethers.provider.getNetwork();
  return { name: "OpenLedger", version: "1", chainId, verifyingContract: await token.getAddress() };
}

const authorisation = (from: HardhatEthersSigner, to: HardhatEthersSigner, seed: number): Authorisation => ({
  from: from.address,
  to: to.address,
  value: 7n,
  validAfter: 0n,
  validBefore: 2n ** 40n,
  nonce: ethers.id(`nonce ${seed}`),
});

const sign = async (token: OpenToken, signer: HardhatEthersSigner, type: string, a: Authorisation) =>
  signer.signTypedData(await domainOf(token), { [type]: fields }, a);

const args = (a: Authorisation) => [a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce] as const;

const transferBytes = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)";
const transferVrs = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
const receiveBytes = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)";
const cancelBytes = "cancelAuthorization(address,bytes32,bytes)";

describe("OpenToken", () => {
  describe("deployment", () => {
    it("needs a recipient or a remote token, not both", async () => {
      const { alice, bob } = await accounts(ethers, "alice", "bob");
      const factory = await ethers.getContractFactory("OpenToken");
      await expect(factory.deploy(ZERO, ZERO)).to.be.revertedWithCustomError(factory, "OpenTokenInvalidMode");
      await expect(factory.deploy(alice, bob))
        .to.be.revertedWithCustomError(factory, "OpenTokenInvalidMode")
        .withArgs(alice.address, bob.address);
    });

    it("mints the whole supply to the recipient of the home token", async () => {
      const { token, alice } = await networkHelpers.loadFixture(deployHome);
      expect(await token.name()).to.equal("OpenLedger");
      expect(await token.symbol()).to.equal("OPEN");
      expect(await token.decimals()).to.equal(18n);
      expect(await token.CAP()).to.equal(CAP);
      expect(await token.totalSupply()).to.equal(CAP);
      expect(await token.balanceOf(alice)).to.equal(CAP);
    });

    it("has no owner and no way to name one", async () => {
      const { token } = await networkHelpers.loadFixture(deployHome);
      const names = token.interface.fragments.flatMap((f) => ("name" in f ? [String(f.name)] : []));
      expect(names.filter((n) => /owner(ship)?$|admin|role|pause|upgrade/i.test(n))).to.deep.equal([]);
    });
  });

  describe("bridges", () => {
    it("mints and burns for no bridge at home", async () => {
      const { token, alice } = await networkHelpers.loadFixture(deployHome);
      for (const address of [STANDARD_BRIDGE, SUPERCHAIN_TOKEN_BRIDGE, alice.address]) {
        const caller = await impersonate(address);
        for (const call of [
          () => token.connect(caller).mint(alice, 1n),
          () => token.connect(caller).burn(alice, 1n),
          () => token.connect(caller).crosschainMint(alice, 1n),
          () => token.connect(caller).crosschainBurn(alice, 1n),
        ])
          await expect(call()).to.be.revertedWithCustomError(token, "OpenTokenUnauthorizedBridge").withArgs(address);
      }
    });

    it("mints and burns the bridged token for its own bridge only", async () => {
      const { token, alice } = await networkHelpers.loadFixture(deployBridged);
      const standard = await impersonate(STANDARD_BRIDGE);
      const interop = await impersonate(SUPERCHAIN_TOKEN_BRIDGE);
      for (const call of [
        () => token.connect(alice).mint(alice, 1n),
        () => token.connect(interop).mint(alice, 1n),
        () => token.connect(interop).burn(alice, 1n),
        () => token.connect(standard).crosschainMint(alice, 1n),
        () => token.connect(standard).crosschainBurn(alice, 1n),
      ])
        await expect(call()).to.be.revertedWithCustomError(token, "OpenTokenUnauthorizedBridge");
    });

    it("never mints above the cap", async () => {
      const { token, alice } = await networkHelpers.loadFixture(deployBridged);
      const standard = await impersonate(STANDARD_BRIDGE);
      const interop = await impersonate(SUPERCHAIN_TOKEN_BRIDGE);
      await token.connect(standard).mint(alice, CAP);
      await expect(token.connect(standard).mint(alice, 1n))
        .to.be.revertedWithCustomError(token, "OpenTokenCapExceeded")
        .withArgs(CAP + 1n, CAP);
      await expect(token.connect(interop).crosschainMint(alice, 1n)).to.be.revertedWithCustomError(
        token,
        "OpenTokenCapExceeded",
      );
    });

    it("follows deposits and withdrawals of the standard bridge", async () => {
      const { token, alice, remote } = await networkHelpers.loadFixture(deployBridged);
      const standard = await impersonate(STANDARD_BRIDGE);
      expect(await token.totalSupply()).to.equal(0n);
      expect(await token.remoteToken()).to.equal(remote);
      expect(await token.bridge()).to.equal(STANDARD_BRIDGE);
      await token.connect(standard).mint(alice, 5n);
      await token.connect(standard).burn(alice, 2n);
      expect(await token.balanceOf(alice)).to.equal(3n);
      expect(await token.totalSupply()).to.equal(3n);
    });

    it("follows the interop bridge", async () => {
      const { token, alice } = await networkHelpers.loadFixture(deployBridged);
      const interop = await impersonate(SUPERCHAIN_TOKEN_BRIDGE);
      await expect(token.connect(interop).crosschainMint(alice, 5n))
        .to.emit(token, "CrosschainMint")
        .withArgs(alice.address, 5n, interop.address);
      await expect(token.connect(interop).crosschainBurn(alice, 2n))
        .to.emit(token, "CrosschainBurn")
        .withArgs(alice.address, 2n, interop.address);
      expect(await token.totalSupply()).to.equal(3n);
    });

    it("announces the bridge interfaces of the bridged token only, so that the home token is escrowed", async () => {
      const { token: home } = await networkHelpers.loadFixture(deployHome);
      const { token: bridged } = await networkHelpers.loadFixture(deployBridged);
      for (const id of [OPTIMISM_MINTABLE_ID, ERC7802_ID]) {
        expect(await home.supportsInterface(id)).to.equal(false);
        expect(await bridged.supportsInterface(id)).to.equal(true);
      }
      expect(await home.supportsInterface(ERC165_ID)).to.equal(true);
      expect(await home.supportsInterface("0xffffffff")).to.equal(false);
      expect(await home.bridge()).to.equal(ZERO);
    });
  });

  describe("authorisations", () => {
    it("rejects a signature of anybody else", async () => {
      const { token, alice, bob, relayer } = await networkHelpers.loadFixture(deployHome);
      const a = authorisation(alice, bob, 1);
      const byBob = await sign(token, bob, "TransferWithAuthorization", a);
      const malformed = "0x1234";
      for (const signature of [byBob, malformed])
        await expect(token.connect(relayer)[transferBytes](...args(a), signature)).to.be.revertedWithCustomError(
          token,
          "ERC3009InvalidSignature",
        );
    });

    it("rejects changed values, late and early use", async () => {
      const { token, alice, bob } = await networkHelpers.loadFixture(deployHome);
      const a = authorisation(alice, bob, 2);
      const signature = await sign(token, alice, "TransferWithAuthorization", a);
      await expect(token[transferBytes](...args({ ...a, value: 8n }), signature)).to.be.revertedWithCustomError(
        token,
        "ERC3009InvalidSignature",
      );
      for (const times of [{ validBefore: 1n }, { validAfter: 2n ** 40n - 1n }]) {
        const b = { ...a, ...times };
        await expect(
          token[transferBytes](...args(b), await sign(token, alice, "TransferWithAuthorization", b)),
        ).to.be.revertedWithCustomError(token, "ERC3009InvalidAuthorizationTime");
      }
    });

    it("moves tokens for whoever brings the signature, once", async () => {
      const { token, alice, bob, relayer } = await networkHelpers.loadFixture(deployHome);
      const a = authorisation(alice, bob, 3);
      const signature = await sign(token, alice, "TransferWithAuthorization", a);
      await expect(token.connect(relayer)[transferBytes](...args(a), signature))
        .to.emit(token, "AuthorizationUsed")
        .withArgs(alice.address, a.nonce);
      expect(await token.balanceOf(bob)).to.equal(7n);
      expect(await token.authorizationState(alice, a.nonce)).to.equal(true);
      const { v, r, s } = ethers.Signature.from(signature);
      await expect(token[transferBytes](...args(a), signature)).to.be.revertedWithCustomError(
        token,
        "ERC3009UsedAuthorization",
      );
      await expect(token[transferVrs](...args(a), v, r, s)).to.be.revertedWithCustomError(
        token,
        "ERC3009UsedAuthorization",
      );
    });

    it("accepts the v, r, s form and nonces in any order", async () => {
      const { token, alice, bob } = await networkHelpers.loadFixture(deployHome);
      for (const seed of [9, 4, 6]) {
        const a = authorisation(alice, bob, seed);
        const { v, r, s } = ethers.Signature.from(await sign(token, alice, "TransferWithAuthorization", a));
        await token[transferVrs](...args(a), v, r, s);
      }
      expect(await token.balanceOf(bob)).to.equal(21n);
    });

    it("accepts the key of an account that has delegated to code (EIP-7702)", async () => {
      const { token, alice, bob } = await networkHelpers.loadFixture(deployHome);
      const a = authorisation(alice, bob, 5);
      const signature = await sign(token, alice, "TransferWithAuthorization", a);
      // The delegate, the token, answers no ERC-1271 question.
      await networkHelpers.setCode(alice.address, ethers.concat(["0xef0100", await token.getAddress()]));
      await token.connect(bob)[transferBytes](...args(a), signature);
      expect(await token.balanceOf(bob)).to.equal(7n);
    });

    it("lets only the recipient use a receive authorisation", async () => {
      const { token, alice, bob, relayer } = await networkHelpers.loadFixture(deployHome);
      const a = authorisation(alice, bob, 6);
      const signature = await sign(token, alice, "ReceiveWithAuthorization", a);
      await expect(token.connect(relayer)[receiveBytes](...args(a), signature))
        .to.be.revertedWithCustomError(token, "ERC20InvalidReceiver")
        .withArgs(bob.address);
      await expect(token[transferBytes](...args(a), signature)).to.be.revertedWithCustomError(
        token,
        "ERC3009InvalidSignature",
      );
      await token.connect(bob)[receiveBytes](...args(a), signature);
      expect(await token.balanceOf(bob)).to.equal(7n);
    });

    it("cancels an authorisation before it is used", async () => {
      const { token, alice, bob } = await networkHelpers.loadFixture(deployHome);
      const a = authorisation(alice, bob, 7);
      const signature = await sign(token, alice, "TransferWithAuthorization", a);
      const cancel = (signer: HardhatEthersSigner) =>
        domainOf(token).then((domain) =>
          signer.signTypedData(
            domain,
            { CancelAuthorization: cancelFields },
            { authorizer: alice.address, nonce: a.nonce },
          ),
        );
      await expect(token[cancelBytes](alice, a.nonce, await cancel(bob))).to.be.revertedWithCustomError(
        token,
        "ERC3009InvalidSignature",
      );
      await expect(token[cancelBytes](alice, a.nonce, await cancel(alice)))
        .to.emit(token, "AuthorizationCanceled")
        .withArgs(alice.address, a.nonce);
      await expect(token[transferBytes](...args(a), signature)).to.be.revertedWithCustomError(
        token,
        "ERC3009UsedAuthorization",
      );
    });
  });

  it("takes an allowance from a permit", async () => {
    const { token, alice, bob } = await networkHelpers.loadFixture(deployHome);
    expect(await token.nonces(alice)).to.equal(0n);
    const permit = { owner: alice.address, spender: bob.address, value: 9n, nonce: 0n, deadline: 2n ** 40n };
    const types = {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    };
    const { v, r, s } = ethers.Signature.from(await alice.signTypedData(await domainOf(token), types, permit));
    await token.permit(alice, bob, 9n, permit.deadline, v, r, s);
    expect(await token.allowance(alice, bob)).to.equal(9n);
    expect(await token.nonces(alice)).to.equal(1n);
  });
});
