import { NotYetError } from "../common/errors.ts";
import { adoptRoot } from "../jobs/adoptRoot.ts";
import { getBundle } from "../jobs/bundleFiles.ts";
import type { Context } from "../jobs/context.ts";
import type { Stage } from "../jobs/stage.ts";
import { type PostedRoot, postedRoots } from "../jobs/rootEvents.ts";
import { openBundle } from "../settlement/bundle.ts";
import { compareSettlements } from "../settlement/compare.ts";
import { settleEpochs } from "../settlement/settle.ts";
import { passJudgement, subjectOf } from "./judgement.ts";
import { fetchRoot } from "./published.ts";
import { rootSubject } from "./demands.ts";
import { payeeOfRegistry } from "./payeeOfRegistry.ts";
import { readAnswers } from "./readAnswers.ts";
import { rootRemedies } from "./rootEvidence.ts";

/** Share of the challenge window after which files that nobody serves count as withheld. */
const PATIENCE = 4n;

/** How the watchtower names one posting of a root: the same root can be posted again after it was cancelled. */
export const postingOf = ({ rootHash, postedAt }: PostedRoot): string => `root-${rootHash}-${postedAt}`;

/** Stage `watch root`: compares a pending root with this machine's own, and acts on the difference. */
export function watchRootStage(context: Context): Stage {
  const { contracts, content, events } = context;
  return {
    name: "watch-root",
    run: async (judgement) => {
      const [subject] = subjectOf(judgement);
      const posted = (await postedRoots(events)).findLast((root) => postingOf(root) === subject);
      if (posted?.status !== "pending") return undefined;
      const { root, rootHash, postedAt } = posted;
      const own = await adoptRoot(context, posted);
      const demandSubject = rootSubject(rootHash, postedAt);
      const agreed = { agrees: true, difference: undefined, remedies: [], versionId: 0n };
      if (own.rootHash === rootHash) return passJudgement(context, judgement, agreed);

      const published = await fetchRoot(context, rootHash, root);
      if (published === undefined) {
        const until = postedAt + (await contracts.RewardDistributor.challengeWindow()) / PATIENCE;
        await waitUntil(context, until, "no operator shows the bundle of the root");
      }
      const { inputs } = openBundle(await getBundle(content, own.bundle, own.root.bundleHash));
      const difference = published && compareSettlements(settleEpochs(inputs), published.claims);
      const shown = await readAnswers(context, demandSubject);
      const remedies = await rootRemedies(inputs, root, published, shown, payeeOfRegistry(contracts));
      return passJudgement(context, judgement, { agrees: false, difference, remedies, versionId: 0n });
    },
  };
}

/** @throws NotYetError before that time of the chain */
export async function waitUntil({ events }: Pick<Context, "events">, until: bigint, why: string): Promise<void> {
  const now = BigInt((await events.head())?.timestamp ?? 0);
  if (now < until) throw new NotYetError(why, { value: now, limit: `chain time ${until}` });
}
