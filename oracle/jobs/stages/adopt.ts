import { DisagreementError, NotYetError } from "../../common/errors.ts";
import { adoptRoot } from "../adoptRoot.ts";
import type { Context } from "../context.ts";
import { postedRoots, rangeSubject } from "../rootEvents.ts";
import type { Stage } from "../stage.ts";

/**
 * Stage `adopt`, subject a rootHash: settles again what was posted with other certificates than this operator had. A posted root that
 * stays another one is reported, never signed.
 */
export function adoptStage(context: Context): Stage {
  return {
    name: "adopt",
    run: async (subject) => {
      const posted = (await postedRoots(context.events)).findLast(({ rootHash }) => rootHash === subject);
      if (posted === undefined) throw new NotYetError("the root is not posted yet", { value: subject });
      if (posted.status === "cancelled") return;
      const { rootHash } = await adoptRoot(context, posted);
      if (rootHash === posted.rootHash) return { rootHash };
      context.metrics.disagreements.inc({ subject: "root" });
      throw new DisagreementError("the posted root is not the one computed here", {
        value: `${posted.rootHash} for epochs ${rangeSubject(posted.root)}`,
        limit: rootHash,
        remedy: "Compare the two bundles: npx openledger verify shows the first difference and what can be disputed.",
      });
    },
  };
}
