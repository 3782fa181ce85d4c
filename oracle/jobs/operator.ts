import type { Context } from "./context.ts";
import type { Stage } from "./stage.ts";
import { activateStage } from "./stages/activate.ts";
import { adoptStage } from "./stages/adopt.ts";
import { attestStage } from "./stages/attest.ts";
import { earnTrainingStage } from "./stages/earnTraining.ts";
import { fetchStage } from "./stages/fetch.ts";
import { finalizeStage } from "./stages/finalize.ts";
import { indexStage } from "./stages/indexVersion.ts";
import { postStage } from "./stages/post.ts";
import { settleStage } from "./stages/settle.ts";
import { showLifeStage } from "./stages/showLife.ts";
import { snapshotStage } from "./stages/snapshot.ts";
import { trainStage } from "./stages/train.ts";

/** The stages of an oracle operator. */
export function operatorStages(context: Context): Stage[] {
  return [
    snapshotStage,
    fetchStage,
    trainStage,
    earnTrainingStage,
    indexStage,
    attestStage,
    activateStage,
    settleStage,
    adoptStage,
    postStage,
    finalizeStage,
    showLifeStage,
  ].map((make) => make(context));
}
