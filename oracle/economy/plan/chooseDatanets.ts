import { documentsPlan } from "./documentsPlan.ts";
import { type DataOptions, type DatanetPlan, type LabelledPlan, loadScenario } from "./loadScenario.ts";
import { holdsQuestions, questionsPlan } from "./questionsPlan.ts";

/** The Datanets of a scenario. */
export interface ChosenDatanets {
  /** Two Datanets whose models answer with a label. */
  readonly labelled: readonly LabelledPlan[];
  /** Datanets whose models answer with passages, after these. */
  readonly written: readonly DatanetPlan[];
  /** Whether the labelled data were brought and are not the project's own. */
  readonly broughtLabels: boolean;
}

/**
 * Labelled data that were brought take the place of the project's own; questions and answers that were brought make a Datanet more.
 *
 * @param handbook whether the project's own documents make another
 * @throws as `loadScenario` and `questionsPlan`
 */
export async function chooseDatanets(data: DataOptions, handbook: boolean): Promise<ChosenDatanets> {
  const { folder, ...limits } = data;
  const asks = folder !== undefined && holdsQuestions(folder);
  return {
    labelled: loadScenario(asks ? limits : data),
    written: [...(asks ? [await questionsPlan(folder, limits)] : []), ...(handbook ? [await documentsPlan()] : [])],
    broughtLabels: folder !== undefined && !asks,
  };
}
