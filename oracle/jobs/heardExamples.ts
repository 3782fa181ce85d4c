import { QUALITY_ROWS_PER_CONTRIBUTOR } from "../attribution/judge/qualityFolds.ts";
import { inDatanet, type Registered } from "./indexedDatanets.ts";

/**
 * What the data of each Datanet are judged by: its own quality examples, of each contributor no more than it is heard with.
 *
 * @param quality ascending by contribution
 * @returns in the order of the Datanets
 */
export function heardExamples<E>(datanetIds: readonly bigint[], quality: readonly Registered<E>[]): E[][] {
  return datanetIds.map((datanetId) => heardIn(inDatanet(quality, datanetId)));
}

function heardIn<E>(quality: readonly Registered<E>[]): E[] {
  const heard = new Map<string, number>();
  return quality.flatMap(({ contribution: { contributor }, examples }) => {
    const before = heard.get(contributor) ?? 0;
    heard.set(contributor, before + examples.length);
    return examples.slice(0, Math.max(0, QUALITY_ROWS_PER_CONTRIBUTOR - before));
  });
}
