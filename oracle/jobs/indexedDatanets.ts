import type { Contribution } from "../store/protocolView.ts";

/** A Datanet of a version, as the version's index has it. */
export interface IndexedDatanet {
  readonly datanetId: bigint;
  /** Ascending: the rows of the Datanet's part of the index. */
  readonly contributionIds: readonly bigint[];
}

/** Contributed examples, as far as a version depends on who contributed them where. */
export interface Registered<E> {
  readonly contribution: Pick<Contribution, "contributionId" | "datanetId" | "contributor">;
  readonly examples: readonly E[];
}

/**
 * The parts of a version's index.
 *
 * @param datanetIds ascending
 * @param train ascending by contribution
 */
export function indexedDatanets(
  datanetIds: readonly bigint[],
  train: readonly Registered<unknown>[],
): IndexedDatanet[] {
  return datanetIds.map((datanetId) => ({
    datanetId,
    contributionIds: inDatanet(train, datanetId).map(({ contribution }) => contribution.contributionId),
  }));
}

/** The row of each contribution in the whole index: Datanet after Datanet. */
export function indexPlaces(datanets: readonly IndexedDatanet[]): Map<bigint, number> {
  return new Map(datanets.flatMap(({ contributionIds }) => contributionIds).map((id, place) => [id, place]));
}

export function inDatanet<E>(registered: readonly Registered<E>[], datanetId: bigint): Registered<E>[] {
  return registered.filter(({ contribution }) => contribution.datanetId === datanetId);
}
