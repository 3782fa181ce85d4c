import { checkInteger, writeUint } from "../bytes.ts";
import { OrderError } from "../errors.ts";
import { writeHex, type Hash } from "../hex.ts";
import { buildSumTree, LEAF_PREFIX, sumLeaf, type SumNode, type SumTree } from "./sumTree.ts";

/** How one model's pool of one epoch was settled. */
export interface ModelSettlement {
  readonly modelId: bigint;
  readonly epoch: bigint;
  readonly versionId: bigint;
  /** `hashIndexParts` of the version's index. */
  readonly indexHash: Hash;
  /** keccak-256 of F. */
  readonly queryHash: Hash;
  readonly scoresRoot: Hash;
  readonly totalWeight: bigint;
  /** Wei. */
  readonly pool: bigint;
  /** As the provider committed them; zero hash and 0 where nothing was committed. */
  readonly receiptsRoot: Hash;
  readonly receiptCount: number;
  readonly fallbackSplit: boolean;
}

/** Leaf of the models tree. */
export function modelLeaf(settlement: ModelSettlement): SumNode {
  return sumLeaf(preimage(settlement), settlement.pool);
}

/**
 * The models tree of a root.
 *
 * @param settlements strictly ascending by (modelId, epoch).
 * @throws OrderError | OutOfRangeError
 */
export function buildModelsTree(settlements: readonly ModelSettlement[]): SumTree {
  for (let i = 1; i < settlements.length; i++) {
    const [a, b] = [settlements[i - 1]!, settlements[i]!];
    if (a.modelId > b.modelId || (a.modelId === b.modelId && a.epoch >= b.epoch)) {
      throw new OrderError("model settlement", i, `model ${b.modelId}, epoch ${b.epoch}`);
    }
  }
  return buildSumTree(
    settlements.length,
    (i) => preimage(settlements[i]!),
    (i) => settlements[i]!.pool,
  );
}

/** 0x00 and abi.encode of the struct: eleven words. */
function preimage(settlement: ModelSettlement): Uint8Array {
  const bytes = new Uint8Array(1 + 11 * 32);
  bytes[0] = LEAF_PREFIX;
  writeUint(bytes, 1, 32, settlement.modelId, "modelId");
  writeUint(bytes, 33 + 24, 8, settlement.epoch, "epoch");
  writeUint(bytes, 65, 32, settlement.versionId, "versionId");
  writeHex(bytes, 97, settlement.indexHash);
  writeHex(bytes, 129, settlement.queryHash);
  writeHex(bytes, 161, settlement.scoresRoot);
  writeUint(bytes, 193, 32, settlement.totalWeight, "totalWeight");
  writeUint(bytes, 225, 32, settlement.pool, "pool");
  writeHex(bytes, 257, settlement.receiptsRoot);
  const count = checkInteger(settlement.receiptCount, 0, 0xffffffff, "receiptCount");
  writeUint(bytes, 289, 32, BigInt(count), "receiptCount");
  bytes[352] = settlement.fallbackSplit ? 1 : 0;
  return bytes;
}
