import type { AttributionIndex } from "../attribution/buildIndex.ts";
import type { AnyExample } from "../data/example.ts";
import type { Weights } from "../model/weights.ts";
import type { IndexedDatanet } from "./indexedDatanets.ts";
import type { ReceiptRecord } from "./receiptFiles.ts";
import type { TrainingSize } from "./trainingSize.ts";
import type { ContributedExamples } from "./versionData.ts";

/** The Datanets and contributions of a version, ascending by id. */
export interface Contributed {
  readonly datanetIds: readonly bigint[];
  readonly train: readonly ContributedExamples<AnyExample>[];
  readonly quality: readonly ContributedExamples<AnyExample>[];
}

/** Where a version's index is kept, and how wide it is. */
export interface OpenedIndex {
  /** CID of the projected operators. */
  readonly projections: string;
  readonly k: number;
}

/** What the stages do with a version, whatever it answers with. Everything depends on the version's data and manifest alone. */
export interface VersionTask {
  /** What the training takes; its publisher pays for this. */
  readonly size: TrainingSize;
  /** The parts of the index; its contributions are numbered Datanet after Datanet. */
  readonly datanets: readonly IndexedDatanet[];
  /** The models of the ensemble, trained again. */
  train(): Promise<readonly Weights[]>;
  buildIndex(models: readonly Weights[]): Promise<AttributionIndex>;
  /** Rows of the index whose contributions are found harmful, ascending: their bonds can be charged. */
  harmful(): readonly number[];
  /** ψ of answered questions, records x k in float64, in the order of the records. */
  queryFeatures(
    models: readonly Weights[],
    index: OpenedIndex,
    records: readonly ReceiptRecord[],
  ): Promise<Float64Array>;
}
