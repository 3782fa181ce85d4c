import type { LdsReport } from "../ldsStudy.ts";
import { intervalBars, scatter } from "./charts.ts";
import type { Section } from "./page.ts";
import { htmlTable, withInterval } from "./page.ts";

/** LDS per method, and for some outputs what a method predicts of each retrained subset against what was measured. */
export function ldsSections({ network, subsets, methods, samples }: LdsReport): Section[] {
  const plots = samples.map(({ output, points }) =>
    scatter(
      `Output ${output}: does the prediction order the retrained models?`,
      points.map(({ predicted, measured }, s) => ({
        ...{ x: measured, y: predicted, name: `subset ${s}`, kind: "other" as const },
      })),
      { title: "measured: minus the loss (nats)" },
      { title: "predicted (sum of scores)" },
    ),
  );
  return [
    {
      heading: `Which method foretells retrained models best? (${network})`,
      intro: `Rank correlation between the summed scores of a random half of the rows and the output of a model trained on that half, over ${subsets} halves; mean over the outputs with its 95 % interval.`,
      html:
        intervalBars(
          "LDS of each method, with its 95 % interval",
          methods.map(({ name, lds }) => ({ name, value: lds })),
          { title: "LDS (rank correlation, 1 is perfect)" },
        ) +
        htmlTable(methods, [
          { title: "method", value: ({ name }) => name },
          { title: "LDS", value: ({ lds }) => withInterval(lds), number: true },
          {
            title: "seconds",
            value: ({ seconds }) => (seconds === undefined ? "" : seconds.toFixed(1)),
            number: true,
          },
        ]),
    },
    {
      heading: "What does that look like for single outputs?",
      intro: "One point per retrained half, for the first outputs and the first method.",
      html: `<div class="pair">${plots.join("\n")}</div>`,
    },
  ];
}
