import type { ContributorResult, FidelityStudy } from "../fidelityStudy.ts";
import { scatter, shareBars } from "./charts.ts";
import type { Section } from "./page.ts";
import { figure, htmlTable, withInterval } from "./page.ts";

const VALUE = { title: "Shapley value (probability)" };

/** Fidelity per mix of queries, scores against Shapley values, and what each contributor would be paid. */
export function fidelitySections(study: FidelityStudy): Section[] {
  const { rightCharged, wrongCharged, perRow } = study.quality;
  const harms = (c: number): boolean => perRow[c]! < 0;
  const oneClass = study.oneClass && withInterval(study.oneClass);
  const facts: readonly (readonly [string, string])[] = [
    ["data set", study.dataset],
    ["accuracy of the version", figure(study.accuracy)],
    ["models averaged", String(study.members)],
    ["corrected fidelity, uniform queries", withInterval(study.uniform)],
    ["corrected fidelity, one class, mean", oneClass ?? "no class was answered often enough"],
    ["share of the right contributors' contributions charged", withInterval(rightCharged)],
    ["share of the wrong labels' bonds charged", withInterval(wrongCharged)],
    ["recipe", study.recipe],
    ["scheme", study.scheme],
  ];
  const perExample = ({ value, rows }: ContributorResult): number => (rows === 0 ? 0 : value / rows);
  const points = study.contributors.map((contributor, c) => ({
    ...{ x: contributor.value, y: contributor.score, name: contributor.name },
    kind: harms(c) ? ("harm" as const) : ("help" as const),
  }));
  const perRowPoints = study.contributors.map((contributor, c) => ({
    ...points[c]!,
    x: perExample(contributor),
    y: contributor.rows === 0 ? 0 : contributor.score / contributor.rows,
  }));
  return [
    { heading: "In short", html: htmlTable(facts, [fact(0), fact(1)]) },
    {
      heading: "How well do scores foretell worth?",
      intro: `Correlation of the scores with Shapley values from ${study.coalitions} retrained coalitions, what the noise of the retrainings allows at most (ceiling), and the first relative to the second. 95 % intervals over contributors.`,
      html: htmlTable(study.fidelity, [
        { title: "queries", value: ({ mix }) => mix },
        { title: "Pearson", value: ({ pearson }) => withInterval(pearson), number: true },
        { title: "Spearman", value: ({ spearman }) => withInterval(spearman), number: true },
        { title: "ceiling", value: ({ ceiling }) => figure(ceiling), number: true },
        { title: "corrected", value: ({ corrected }) => withInterval(corrected), number: true },
      ]),
    },
    {
      heading: "Is each contributor scored as it is worth?",
      intro:
        "One point per contributor, uniform queries. Red: negative on the quality rows. A score adds up an influence of at most 1 per query; a Shapley value is in probability of the delivered answers, up to a constant that all share.",
      html: `<div class="pair">${scatter("In total", points, VALUE, { title: "score (queries)" })}${scatter("Per training row", perRowPoints, { title: `${VALUE.title} per row` }, { title: "score (queries) per row" })}</div>`,
    },
    {
      heading: "Who is paid what, and for how many rows?",
      intro:
        "What uniform queries pay by the rule of a settlement. Rows are those that were trained on: repetitions of earlier rows are not. Red: negative on the quality rows.",
      html: shareBars(
        "What does a contributor get of the pool, beside what it brought?",
        study.contributors.map((contributor, c) => ({ ...contributor, harms: harms(c) })),
      ),
    },
  ];
}

function fact(column: 0 | 1) {
  return { title: "", value: (row: readonly [string, string]) => row[column] };
}
