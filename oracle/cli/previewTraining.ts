import { createLogger } from "../common/logger.ts";
import { createShutdown } from "../common/shutdown.ts";
import type { Example } from "../data/example.ts";
import { openContext } from "../jobs/openContext.ts";
import type { TrainingChoice } from "../jobs/prepareTraining.ts";
import { previewVersion } from "../jobs/previewVersion.ts";
import { scanStage } from "../jobs/stages/scan.ts";
import type { Retrainer } from "../model/retrainer.ts";
import type { Session } from "./session.ts";

/** What a preview trains on. */
export interface PreviewSource {
  /** Where the data are looked for besides the peers. */
  readonly api: string;
  readonly datanetIds: readonly bigint[];
  readonly choice: TrainingChoice;
  readonly test: readonly Example[];
}

/** Trains on the present state of the Datanets and says how good the model is; sends, keeps and publishes nothing. */
export async function previewTraining(session: Session, source: PreviewSource, retrainer: Retrainer): Promise<void> {
  const { output, config } = session;
  const { api, datanetIds, choice, test } = source;
  const shutdown = createShutdown((problem) => {
    output.say(`warning: ${problem}`);
  });
  try {
    const peers = [...config.OPENLEDGER_PEERS, api];
    const { context } = await openContext(
      { ...config, OPENLEDGER_PEERS: peers },
      createLogger({ level: "error" }),
      shutdown,
    );
    output.say(`Datanets ${datanetIds.join(", ")}: reading the chain and the data`);
    await scanStage(context).run("chain");
    const started = performance.now();
    const preview = await previewVersion(context, datanetIds, choice, test, retrainer, (progress) => {
      const { member, epoch, epochs, loss } = progress;
      if (epoch === epochs) output.say(`model ${member + 1} of ${choice.members}: loss ${loss.toFixed(4)}`);
    });
    const seconds = (performance.now() - started) / 1000;
    output.result({ preview: true, backend: retrainer.backend, ...preview, seconds }, () => {
      const { accuracy, qualityAccuracy, trainingRows, duplicates } = preview;
      const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
      return [
        `A preview, trained on ${trainingRows} examples (${duplicates} repetitions left out) in ${seconds.toFixed(1)} s with the data.`,
        ...(accuracy === undefined ? [] : [`${percent(accuracy)} of the test examples are labelled right.`]),
        `${percent(qualityAccuracy)} of the quality examples are labelled right.`,
        "Nothing was pinned, kept or published. Without --backend node the training is repeated in the arithmetic that operators check.",
      ].join("\n");
    });
  } finally {
    await shutdown.close();
  }
}
