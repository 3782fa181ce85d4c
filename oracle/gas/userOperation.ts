import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import { AbiCoder, concat, Interface, keccak256, toBeHex } from "ethers";

/** What an account wants done, as EntryPoint v0.7 has it; its paymaster pays the gas. */
export interface UserOperation {
  readonly sender: string;
  readonly nonce: bigint;
  readonly callData: string;
  readonly callGasLimit: bigint;
  readonly verificationGasLimit: bigint;
  /** What the bundler is paid for beside the gas that the EntryPoint sees: calldata, layer 1, the chain's operator. */
  readonly preVerificationGas: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly paymaster: string;
  readonly paymasterVerificationGasLimit: bigint;
  readonly paymasterPostOpGasLimit: bigint;
  readonly paymasterData: string;
  readonly signature: string;
}

/** A call that an account makes. */
export interface AccountCall {
  readonly to: string;
  readonly data: string;
}

const coder = AbiCoder.defaultAbiCoder();
const account = new Interface(["function execute(bytes32 mode, bytes executionData)"]);
/** ERC-7821: a batch in which every call has to succeed. */
const BATCH_MODE = `0x01${"00".repeat(31)}`;
/** Accounts exist before they send operations. */
const NO_INIT_CODE = "0x";

/** What an account is told to do; one call that reverts undoes all. No calls are nothing at all. */
export function encodeCalls(calls: readonly AccountCall[]): string {
  if (calls.length === 0) return "0x";
  const batch = coder.encode(["tuple(address,uint256,bytes)[]"], [calls.map(({ to, data }) => [to, 0n, data])]);
  return account.encodeFunctionData("execute", [BATCH_MODE, batch]);
}

/** The operation as the EntryPoint takes it. */
export function packUserOperation(op: UserOperation) {
  return {
    sender: op.sender,
    nonce: op.nonce,
    initCode: NO_INIT_CODE,
    callData: op.callData,
    accountGasLimits: pair(op.verificationGasLimit, op.callGasLimit),
    preVerificationGas: op.preVerificationGas,
    gasFees: pair(op.maxPriorityFeePerGas, op.maxFeePerGas),
    paymasterAndData: concat([
      op.paymaster,
      pair(op.paymasterVerificationGasLimit, op.paymasterPostOpGasLimit),
      op.paymasterData,
    ]),
    signature: op.signature,
  };
}

/** What the account signs, and the operation's name. */
export function userOperationHash(op: UserOperation, chainId: bigint): string {
  const packed = packUserOperation(op);
  const inner = coder.encode(
    ["address", "uint256", "bytes32", "bytes32", "bytes32", "uint256", "bytes32", "bytes32"],
    [
      packed.sender,
      packed.nonce,
      keccak256(packed.initCode),
      keccak256(packed.callData),
      packed.accountGasLimits,
      packed.preVerificationGas,
      packed.gasFees,
      keccak256(packed.paymasterAndData),
    ],
  );
  return keccak256(coder.encode(["bytes32", "address", "uint256"], [keccak256(inner), ENTRY_POINT, chainId]));
}

/** Wei that the paymaster lays out at the most, which is what it wants OPEN for. */
export function maxCostOf(op: UserOperation): bigint {
  return gasLimitOf(op) * op.maxFeePerGas;
}

/** Gas that the operation is charged for at the most. */
export function gasLimitOf(op: UserOperation): bigint {
  const paymasters = op.paymasterVerificationGasLimit + op.paymasterPostOpGasLimit;
  return op.verificationGasLimit + op.callGasLimit + paymasters + op.preVerificationGas;
}

function pair(high: bigint, low: bigint): string {
  return concat([toBeHex(high, 16), toBeHex(low, 16)]);
}
