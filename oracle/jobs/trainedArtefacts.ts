import type { QualityCertificate } from "../attribution/evaluate/certificate.ts";
import type { TrainingSize } from "./trainingSize.ts";

/** A trained version, stored, ready to be published on the chain. */
export interface TrainedArtefacts {
  readonly weightsHash: string;
  readonly recipeHash: string;
  readonly schemeId: string;
  readonly snapshotIds: bigint[];
  readonly size: TrainingSize;
  /** CID of the version's manifest. */
  readonly uri: string;
  /** Share of the test examples that the model labels or answers right, 0 to 1; undefined without test examples. */
  readonly accuracy: number | undefined;
  readonly trainingRows: number;
  readonly duplicates: number;
  /** Undefined for a version without one. */
  readonly certificate: QualityCertificate | undefined;
}
