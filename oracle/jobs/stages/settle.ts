import { certifyFiles } from "../availability.ts";
import type { Context } from "../context.ts";
import { postedCertificates } from "../postedCertificates.ts";
import { postedRoots, rangeSubject } from "../rootEvents.ts";
import { epochsOf, settleRange } from "../settleRange.ts";
import type { Stage } from "../stage.ts";

/**
 * Stage `settle`, subject `firstEpoch-lastEpoch`: the score root of these epochs and its bundle. Of epochs that have a root on the
 * chain it is computed with that root's certificates, if an operator shows them.
 */
export function settleStage(context: Context): Stage {
  return {
    name: "settle",
    run: async (subject) => {
      const posted = (await postedRoots(context.events)).findLast(
        ({ root, status }) => rangeSubject(root) === subject && status !== "cancelled",
      );
      const shown = posted && (await postedCertificates(context, posted));
      return settleRange(context, subject, shown ?? (await certifyFiles(context, ...epochsOf(subject))));
    },
  };
}
