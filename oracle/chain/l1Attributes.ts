import type { JsonRpcProvider } from "ethers";

/** The predeploy in whose storage an OP-stack chain keeps what it charges for layer 1. The chain itself reads these slots. */
export const L1_BLOCK = "0x4200000000000000000000000000000000000015";

/** What decides about the fees that a transaction pays beside its gas. */
export interface L1Attributes {
  /** Wei per gas on layer 1. */
  readonly baseFee: bigint;
  /** Wei per blob gas on layer 1. */
  readonly blobBaseFee: bigint;
  readonly baseFeeScalar: bigint;
  readonly blobBaseFeeScalar: bigint;
  /** Millionths of a wei per gas on layer 2. */
  readonly operatorFeeScalar: bigint;
  /** Wei per transaction. */
  readonly operatorFeeConstant: bigint;
}

const SLOT = { baseFee: "0x1", scalars: "0x3", blobBaseFee: "0x7", operator: "0x8" } as const;
const [UINT32, UINT64] = [2n ** 32n - 1n, 2n ** 64n - 1n];

/** OP Mainnet's scalars (July 2025), which make publishing cost something on a chain of this machine. */
export const MAINNET_SCALARS = { baseFeeScalar: 5_227n, blobBaseFeeScalar: 1_014_213n } as const;

/** The attributes of the newest block. */
export async function readL1Attributes(provider: JsonRpcProvider): Promise<L1Attributes> {
  const read = async (slot: string) =>
    BigInt((await provider.send("eth_getStorageAt", [L1_BLOCK, slot, "latest"])) as string);
  const [baseFee, scalars, blobBaseFee, operator] = await Promise.all(Object.values(SLOT).map(read));
  return {
    baseFee: baseFee!,
    blobBaseFee: blobBaseFee!,
    baseFeeScalar: (scalars! >> 96n) & UINT32,
    blobBaseFeeScalar: (scalars! >> 64n) & UINT32,
    operatorFeeScalar: (operator! >> 64n) & UINT32,
    operatorFeeConstant: operator! & UINT64,
  };
}

/** Sets attributes of a chain on this machine; those that are left out stay. */
export async function setL1Attributes(provider: JsonRpcProvider, changes: Partial<L1Attributes>): Promise<void> {
  const all = { ...(await readL1Attributes(provider)), ...changes };
  const words = [
    [SLOT.baseFee, all.baseFee],
    [SLOT.scalars, (all.baseFeeScalar << 96n) | (all.blobBaseFeeScalar << 64n)],
    [SLOT.blobBaseFee, all.blobBaseFee],
    [SLOT.operator, (all.operatorFeeScalar << 64n) | all.operatorFeeConstant],
  ] as const;
  for (const [slot, word] of words) {
    await provider.send("hardhat_setStorageAt", [L1_BLOCK, slot, `0x${word.toString(16).padStart(64, "0")}`]);
  }
}
