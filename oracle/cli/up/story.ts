import type { ContributorRow, EconomyResult } from "../../economy/result/economyResult.ts";
import { formatRounded } from "../output.ts";

/** Names that a sentence lists. */
const MOST_NAMES = 4;

/** What happened in the economy, in words. */
export function tellStory(result: EconomyResult): string {
  const { contributors, models, consumption, operators, rootHash, books } = result;
  const examples = contributors.reduce((sum, row) => sum + row.examples, 0);
  const duplicates = models.reduce((sum, model) => sum + model.duplicates, 0);
  const answers = consumption.reduce((sum, { inferences }) => sum + inferences, 0);
  const trainers = operators.filter(({ versions }) => versions.some(({ training }) => training === "retrained"));
  return [
    "What happened",
    `  ${contributors.length} people contributed ${examples} examples; ${duplicates} duplicates were left out of training.`,
    `  ${trainers.length} of ${operators.length} operators trained ${models.length} models again, each on its own; all reached the same root, ${rootHash.slice(0, 10)}….`,
    `  ${answers} answers were paid for: ${formatRounded(books.feesIn)} OPEN came in, ${formatRounded(books.contributors)} of it for contributors.`,
    ...earners(contributors),
    ...losers(contributors),
    `  ${formatRounded(books.claimed)} OPEN were claimed${books.balanced ? ", and the books balance to the wei" : ""}.`,
  ].join("\n");
}

function earners(rows: readonly ContributorRow[]): string[] {
  const [best] = rows.toSorted((a, b) => (b.earned > a.earned ? 1 : b.earned < a.earned ? -1 : 0));
  if (best === undefined || best.earned === 0n) return [];
  const paid = rows.filter(({ earned }) => earned > 0n).length;
  return [`  ${paid} of them earned; ${best.name} earned most, ${formatRounded(best.earned)} OPEN.`];
}

/** Who earned nothing, by the reason that shows. */
function losers(rows: readonly ContributorRow[]): string[] {
  const nothing = rows.filter(({ earned }) => earned === 0n);
  const charged = rows.filter(({ bondCharged }) => bondCharged > 0n);
  const lines: [string, readonly ContributorRow[]][] = [
    ["earned nothing: their data works against what was asked or what is good", nothing.filter((r) => r.score < 0n)],
    [
      "earned nothing: copies are never trained on, and rejected data is not either",
      nothing.filter((r) => r.score === 0n),
    ],
    [
      "earned nothing: a part of their data helps, but not where its Datanet says what is good",
      nothing.filter((r) => r.score > 0n),
    ],
    ["lost bonds: their data harms the model that judges it", charged],
  ];
  return lines.filter(([, who]) => who.length > 0).map(([words, who]) => `  ${namesOf(who)} ${words}.`);
}

function namesOf(rows: readonly ContributorRow[]): string {
  const names = rows.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = rows.length - names.length;
  if (more > 0) return `${names.join(", ")} and ${more} more`;
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
