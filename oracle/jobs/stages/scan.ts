import { scanSources } from "../../chain/contracts.ts";
import { scan } from "../../chain/scan.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";

/**
 * Stage `scan`, subject `chain`: reads new blocks into the store. When blocks were replaced, everything that was derived
 * from the chain is forgotten and derived again, and transactions that fell out with them are broadcast again.
 */
export function scanStage(context: Context): Stage {
  const { provider, config, deployment, events, metrics, key } = context;
  const sources = scanSources(deployment);
  return {
    name: "scan",
    run: async () => {
      let replaced: number | undefined;
      const last = await scan({
        provider,
        memory: events,
        sources,
        firstBlock: deployment.firstBlock,
        blocksPerRequest: config.OPENLEDGER_SCAN_BLOCKS,
        confirmations: config.OPENLEDGER_CONFIRMATIONS,
        onUnreadable: (log) => {
          metrics.unreadableLogs.inc();
          context.log.warn(log, "a log was passed over");
        },
        onReorg: (fromBlock) => (replaced = fromBlock),
      });
      if (last !== undefined) metrics.scannedBlock.set(last);
      if (replaced === undefined) return;
      metrics.reorgs.inc();
      context.log.warn({ fromBlock: replaced }, "the chain was reorganised");
      await key?.sender.resume();
    },
  };
}
