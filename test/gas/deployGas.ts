import { createRequire } from "node:module";
import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { concat, type HDNodeWallet, type Wallet } from "ethers";
import type { LocalWallet } from "../../oracle/chain/wallet.ts";
import { signGasPayment } from "../../oracle/gas/payment.ts";
import {
  encodeCalls,
  maxCostOf,
  packUserOperation,
  type UserOperation,
  userOperationHash,
} from "../../oracle/gas/userOperation.ts";
import { placeCode } from "../../tasks/placeCode.ts";
import { createSettling, crowd, payout } from "../rewards/settling.ts";
import { OPEN } from "../rewards/deployRewards.ts";
import type { Chain } from "../rewards/measureGas.ts";

export const CHAIN_ID = 31_337n;
/** OPEN wei for an ETH. */
export const PRICE = 3_000n * OPEN;
export const BUDGET = 10n ** 18n;
export const GWEI = 10n ** 9n;
/** What `alice` has earned. */
export const REWARD = 5n * OPEN;

export type GasWorld = Awaited<ReturnType<ReturnType<typeof createGasWorld>["deploy"]>>;

/** An operation before it is paid for and signed. */
export type Draft = Omit<UserOperation, "paymaster" | "paymasterData" | "signature">;

/** A final root that pays a key without ETH or OPEN, an EntryPoint where every OP chain has it, and a paymaster with 1 ETH. */
export function createGasWorld(chain: Chain) {
  const { ethers } = chain;
  const { deploy: deployRewards, settle } = createSettling(chain);

  /** @param others how many the root pays beside alice */
  async function deployFor(others: number) {
    const rewards = await deployRewards();
    const { token, distributor, owner } = rewards;
    const artifact = createRequire(import.meta.url)("@account-abstraction/contracts/artifacts/EntryPoint.json") as {
      abi: [];
      bytecode: string;
    };
    const published = await new ethers.ContractFactory(artifact.abi, artifact.bytecode, owner).deploy();
    await placeCode({ ethers } as never, { EntryPointCode: published });
    const entryPoint = await ethers.getContractAt("IEntryPoint", ENTRY_POINT);
    // its guard is written for the first time, which the code that was put there has not been by its constructor
    await entryPoint.handleOps([], owner);
    const account = await ethers.deployContract("OpenAccount");
    const bounds = [PRICE, 100n * OPEN, 1_000_000n * OPEN];
    const paymaster = await ethers.deployContract("OpenPaymaster", [token, distributor, owner, ...bounds, BUDGET]);
    await paymaster.deposit({ value: 10n ** 18n });
    const alice = ethers.Wallet.createRandom();
    const tree = await settle(rewards, [payout(alice.address, REWARD), ...crowd(others, (i) => BigInt(i + 1) * OPEN)]);
    const place = tree.indexOf(asAddress(alice.address))!;
    const { inputs } = distributor.interface.getFunction("claim");
    const claim = ethers.AbiCoder.defaultAbiCoder().encode(inputs, [
      place,
      { ...tree.payout(place) },
      tree.proof(place),
    ]);
    return { ...rewards, entryPoint, account, paymaster, alice, tree, place, claim };
  }

  /** Lets a key's account be called, as the transaction of its first operation would. */
  async function delegate({ account }: Pick<GasWorld, "account">, wallet: LocalWallet): Promise<void> {
    const code = concat(["0xef0100", await account.getAddress()]);
    await ethers.provider.send("hardhat_setCode", [wallet.address, code]);
  }

  const draft = (sender: string, changes: Partial<Draft> = {}): Draft => ({
    sender,
    nonce: 0n,
    callData: encodeCalls([]),
    callGasLimit: 100_000n,
    verificationGasLimit: 60_000n,
    preVerificationGas: 60_000n,
    maxFeePerGas: 2n * GWEI,
    maxPriorityFeePerGas: GWEI,
    paymasterVerificationGasLimit: 250_000n,
    paymasterPostOpGasLimit: 60_000n,
    ...changes,
  });

  /** The operation, paid for and signed. @param amount what the sender authorises; as much as it can cost if absent */
  async function sign(
    { token, paymaster }: Pick<GasWorld, "token" | "paymaster">,
    wallet: Wallet | HDNodeWallet,
    unpaid: Draft,
    { amount, claim = "0x" }: { readonly amount?: bigint; readonly claim?: string } = {},
  ): Promise<UserOperation> {
    const empty = { ...unpaid, paymaster: await paymaster.getAddress(), paymasterData: "0x", signature: "0x" };
    const needed = (maxCostOf(empty) * (await paymaster.openPerEth()) + OPEN - 1n) / OPEN;
    const contracts = { OpenToken: token, OpenPaymaster: paymaster };
    const payment = { nonce: unpaid.nonce, amount: amount ?? needed, claim };
    const paid = { ...empty, paymasterData: await signGasPayment(contracts, wallet, payment) };
    return { ...paid, signature: wallet.signingKey.sign(userOperationHash(paid, CHAIN_ID)).serialized };
  }

  /** Includes operations at 1 gwei of base fee; the bundler gets what the EntryPoint pays. */
  async function include({ entryPoint, stranger }: GasWorld, ...operations: readonly UserOperation[]) {
    await chain.networkHelpers.setNextBlockBaseFeePerGas(GWEI);
    return entryPoint.connect(stranger).handleOps(operations.map(packUserOperation), stranger);
  }

  /** For fixtures, which are told apart by their function. */
  const deploy = () => deployFor(12);

  return { deploy, deployFor, delegate, draft, sign, include };
}
