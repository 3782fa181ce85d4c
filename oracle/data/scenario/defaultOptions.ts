import type { Dataset } from "../dataset.ts";
import type { Example } from "../example.ts";
import type { ScenarioOptions } from "./scenario.ts";

/** From this many training rows on, a data set is divided among fifty contributors instead of eleven. */
const LARGE = 3_000;
/** Aim for the rows of a part (contributor, label). */
const ROWS_PER_PART = 8;
/** Keeps the parts at about 1,500 for 150 labels. */
const MOST_LABELS_EACH = 16;
/** From this many labels on, a specialist has two. */
const MANY_LABELS = 20;

/**
 * Options that suit a data set: eleven contributors for a small one, fifty for a large one, every behaviour among them
 * (`off-domain` only where there are rows for it).
 *
 * @param offDomain rows of another field. Default: the data set's own.
 */
export function defaultOptions(dataset: Dataset, offDomain: readonly Example[] = dataset.offDomain): ScenarioOptions {
  const large = dataset.train.length >= LARGE;
  const offDomainCount = offDomain.length === 0 ? 0 : large ? 2 : 1;
  const counts = large
    ? {
        mixed: 4,
        honest: 25,
        specialist: 5,
        "mislabel-30": 4,
        "mislabel-100": 4,
        copier: 2,
        paraphraser: 2,
        spammer: 2,
      }
    : {
        mixed: 2,
        honest: 2,
        specialist: 1,
        "mislabel-30": 1,
        "mislabel-100": 1,
        copier: 1,
        paraphraser: 1,
        spammer: 1,
      };
  const withOwnData = counts.mixed + counts.honest + counts.specialist + counts["mislabel-30"] + counts["mislabel-100"];
  const labels = dataset.labels.length;
  const partsLeft = dataset.train.length / ROWS_PER_PART - counts.mixed * labels;
  const affordable = Math.floor(partsLeft / (withOwnData - counts.mixed));
  const usual = Math.floor(dataset.train.length / withOwnData);
  return {
    counts: { ...counts, "off-domain": offDomainCount },
    labelsEach: Math.max(2, Math.min(MOST_LABELS_EACH, Math.floor(labels / 2), affordable)),
    labelsPerSpecialist: labels >= MANY_LABELS ? 2 : 1,
    specialistShare: 0.5,
    madeUpRows: offDomainCount === 0 ? usual : Math.min(usual, Math.floor(offDomain.length / offDomainCount)),
    qualityShare: 0.1,
    offDomain,
  };
}
