import type { Logger } from "../common/logger.ts";
import type { Metrics } from "../common/metrics.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { JsonRpcProvider } from "../chain/provider.ts";
import type { Sender } from "../chain/send.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import type { Config } from "../config/schema.ts";
import type { Peers } from "../quorum/peers.ts";
import type { AvailabilityVotes } from "../store/availabilityVotes.ts";
import type { ChainEvents } from "../store/chainEvents.ts";
import type { ProtocolView } from "../store/protocolView.ts";
import type { Signatures } from "../store/signatures.ts";
import type { StageResults } from "../store/stageResults.ts";
import type { BaseEncoders } from "./bases/baseEncoders.ts";
import type { ContentFiles } from "./contentFiles.ts";

/** What the stages of a process work with. */
export interface Context {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  readonly events: ChainEvents;
  readonly view: ProtocolView;
  readonly results: StageResults;
  readonly signatures: Signatures;
  /** Who said of which committed file that it has it. */
  readonly votes: AvailabilityVotes;
  readonly peers: Peers;
  readonly content: ContentFiles;
  /** Pretrained encoders. */
  readonly bases: BaseEncoders;
  /** Threads for training and indexing. */
  readonly workers: number;
  /** The key that signs and pays; without one the process computes and compares, and sends nothing. */
  readonly key: { readonly wallet: LocalWallet; readonly sender: Sender } | undefined;
}
