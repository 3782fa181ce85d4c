import { ZERO_HASH, type Address, type Hash } from "@openledger/protocol/hex.ts";
import type { Entry } from "@openledger/protocol/trees/entriesTree.ts";
import type { IndexRow } from "@openledger/protocol/trees/indexTree.ts";

/** The part of an index that holds the contributions of one Datanet. */
export interface DatanetPart {
  readonly datanetId: bigint;
  /** Rows of the index that are its. */
  readonly size: number;
  /** The Datanet's G, k components. */
  readonly quality: Int16Array;
  /** Contributions of the part that are found harmful, ascending. */
  readonly harmful: readonly bigint[];
}

/** What an index says: the same for the same rows, whatever version they are of. */
export interface IndexContent {
  /** Dimensions: a multiple of 32, at most 1024. */
  readonly k: number;
  /** Part after part, strictly ascending by contributionId within each. */
  readonly rows: readonly IndexRow[];
  /** Row-major, rows × k. */
  readonly features: Int8Array;
  /** Strictly ascending by datanetId; their sizes add up to the rows. */
  readonly parts: readonly DatanetPart[];
}

/** The attribution index of a model version, as the quorum attested it. */
export interface AttestedIndex extends IndexContent {
  readonly versionId: bigint;
  readonly certificateBps: number;
}

/** An index as the chain has taken it on. */
export interface VersionIndex extends AttestedIndex {
  /** The certificate was below the governed floor when the index was attested. */
  readonly splitsByExamples: boolean;
}

/** What the chain says of one contribution in one epoch. */
export interface Party {
  /** Accepted and not revoked with effect in the epoch. */
  readonly accrues: boolean;
  /** Owner of the contribution at the start of the epoch. */
  readonly payee: Address;
}

/** The pool of one model in one epoch, and what divides it. */
export interface PoolInputs {
  readonly modelId: bigint;
  readonly epoch: bigint;
  /** The model's active version in the epoch. */
  readonly versionId: bigint;
  /** Wei, at least 1. */
  readonly pool: bigint;
  /** F, as many components as the version's k. */
  readonly functional: Int16Array;
  /** One per row of the version's index, in its order. */
  readonly parties: readonly Party[];
  /** As committed on the chain; zero hash and 0 where nothing was committed. */
  readonly receiptsRoot: Hash;
  readonly receiptCount: number;
}

/** Everything that an account has earned. */
export interface AccountEntries {
  readonly account: Address;
  /** Strictly ascending by (modelId, contributionId). */
  readonly entries: readonly Entry[];
}

/** What the last finalized root says; {@link NO_PREVIOUS} before the first. */
export interface PreviousRoot {
  /** Hash of the ScoreRoot. */
  readonly rootHash: Hash;
  /** Zero hash before the first root. */
  readonly payoutsRoot: Hash;
  readonly payoutsTotal: bigint;
  /** Strictly ascending by account. */
  readonly accounts: readonly AccountEntries[];
}

/** Plain data, read from the chain, the store and the engine, that determines a score root. */
export interface SettlementInputs {
  readonly firstEpoch: bigint;
  readonly lastEpoch: bigint;
  readonly previous: PreviousRoot;
  readonly versions: readonly VersionIndex[];
  /** Every pool of the epochs that is not empty; strictly ascending by (modelId, epoch). */
  readonly pools: readonly PoolInputs[];
}

export const NO_PREVIOUS: PreviousRoot = {
  rootHash: ZERO_HASH,
  payoutsRoot: ZERO_HASH,
  payoutsTotal: 0n,
  accounts: [],
};
