import type { Context } from "../jobs/context.ts";
import { attestedIndex } from "../jobs/indexEvents.ts";
import { getIndex } from "../jobs/indexFiles.ts";
import type { Stage } from "../jobs/stage.ts";
import { resultOf } from "../jobs/results.ts";
import { compareIndexes } from "../settlement/compareIndex.ts";
import { indexSubject } from "./demands.ts";
import { indexRemedies } from "./indexEvidence.ts";
import { readAnswers } from "./readAnswers.ts";
import { passJudgement, subjectOf } from "./judgement.ts";
import { fetchIndex } from "./published.ts";
import { waitUntil } from "./watchRoot.ts";

/** Share of the challenge window after which files that nobody serves count as withheld. */
const PATIENCE = 4n;

/** How the watchtower names one attestation of an index. */
export const attestationOf = (versionId: bigint, index: { partsHash: string; challengeEnds: bigint }): string =>
  `index-${versionId}-${index.partsHash}-${index.challengeEnds}`;

/** Stage `watch index`: compares a pending index with this machine's own, and acts on the difference. */
export function watchIndexStage(context: Context): Stage {
  const { contracts, content, events } = context;
  return {
    name: "watch-index",
    run: async (judgement) => {
      const [subject] = subjectOf(judgement);
      const versionId = BigInt(subject.split("-")[1]!);
      const attested = await attestedIndex(events, versionId);
      if (attested === undefined || attested.activated || attestationOf(versionId, attested) !== subject)
        return undefined;
      const own = await resultOf(context, "index", `${versionId}`);
      const { partsHash, parts, challengeEnds } = attested;
      const demandSubject = indexSubject(versionId, partsHash, challengeEnds);
      if (own.partsHash === partsHash && own.bundleHash === attested.bundleHash) {
        return passJudgement(context, judgement, { agrees: true, difference: undefined, remedies: [], versionId });
      }

      const { certificateBps, k } = await contracts.IndexRegistry.indexOf(versionId);
      const published = await fetchIndex(context, versionId, Number(certificateBps));
      if (published === undefined) {
        const window = await contracts.IndexRegistry.challengeWindow();
        const until = challengeEnds - window + window / PATIENCE;
        await waitUntil(context, until, "no operator shows the files of the index");
      }
      const ours = { ...(await getIndex(content, own.index)), versionId, certificateBps: own.certificateBps };
      const difference = published && compareIndexes(ours, published);
      const remedies = indexRemedies(
        ours,
        published,
        { parts, k: Number(k) },
        await readAnswers(context, demandSubject),
      );
      return passJudgement(context, judgement, { agrees: false, difference, remedies, versionId });
    },
  };
}
