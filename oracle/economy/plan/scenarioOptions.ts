import type { Dataset } from "../../data/dataset.ts";
import type { Example } from "../../data/example.ts";
import type { ScenarioOptions } from "../../data/scenario/scenario.ts";

/** With more labels two contributors hold all of them instead of four: up to 512 contributions an index is exact. */
const MANY_LABELS = 100;
/** Labels are divided by this among the contributors with some labels. */
const LABEL_PARTS = 25;
/** Made-up rows of a contributor, as a divisor of the data set's rows. */
const MADE_UP_PARTS = 200;
const FEWEST_MADE_UP_ROWS = 20;
/** Share of the training rows set aside for judging where the data set has no quality rows. */
const QUALITY_SHARE = 0.03;

/**
 * Contributors of every behaviour, the bad ones with little data: about 2 to 3 % of a large data set's rows end up wrong, as
 * many as careful counts find in published test sets (Northcutt, Athalye, Mueller 2021: 3.3 % in the mean of ten).
 *
 * @param outside rows of another field, for the contributor who hands in what does not belong
 */
export function scenarioOptions({ train, labels }: Dataset, outside: readonly Example[]): ScenarioOptions {
  const madeUpRows = Math.max(FEWEST_MADE_UP_ROWS, Math.floor(train.length / MADE_UP_PARTS));
  return {
    counts: {
      mixed: labels.length > MANY_LABELS ? 2 : 4,
      honest: 2,
      specialist: 1,
      "mislabel-30": 1,
      "mislabel-100": 1,
      copier: 1,
      paraphraser: 1,
      "off-domain": outside.length < madeUpRows ? 0 : 1,
      spammer: 1,
    },
    labelsEach: Math.max(2, Math.ceil(labels.length / LABEL_PARTS)),
    labelsPerSpecialist: Math.max(1, Math.floor(labels.length / 10)),
    specialistShare: 0.5,
    madeUpRows,
    victims: ["honest"],
    qualityShare: QUALITY_SHARE,
    offDomain: outside,
  };
}
