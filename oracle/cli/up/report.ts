import { formatOpen } from "@openledger/protocol/units.ts";
import { type Column, formatRounded, table } from "../output.ts";
import type { EconomyResult } from "../../economy/result/economyResult.ts";
import type { PublishedModel } from "../../economy/stages/models.ts";
import { tellStory } from "./story.ts";

/** A signed score, short: sign, first digits and the power of ten. */
function short(score: bigint): string {
  return score === 0n ? "0" : Number(score).toExponential(2);
}

/** A share of test examples with three decimals; nothing without any. */
function share(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(3);
}

const ABOUT_ACCURACY =
  "test accuracy: what share of the data set's test examples the model labels right that was trained on what people contributed, wrong labels and made-up rows included";
const ABOUT_PUBLISHED = "; beside it the same recipe, trained from nothing on the data set as it was published";

const AS_PUBLISHED: Column<PublishedModel> = {
  title: "on the data as published",
  value: (row) => share(row.accuracyAsPublished),
  align: "right",
};

/** The economy's tables for people. */
export function renderReport(result: EconomyResult): string {
  const { books } = result;
  const contributors = table(result.contributors, [
    { title: "contributor", value: (row) => row.name },
    { title: "Datanet", value: (row) => row.datanet },
    { title: "examples", value: (row) => String(row.examples), align: "right" },
    { title: "accepted", value: (row) => row.accepted, align: "right" },
    { title: "score", value: (row) => short(row.score), align: "right" },
    { title: "bond charged", value: (row) => formatRounded(row.bondCharged), align: "right" },
    { title: "OPEN earned", value: (row) => formatRounded(row.earned), align: "right" },
    { title: "claimed in", value: (row) => row.claim ?? "nothing to claim" },
  ]);
  const lines: [string, bigint][] = [
    ["fees in", books.feesIn],
    ["bonds charged", books.bondsCharged],
    ["protocol", books.protocol],
    ["model owners", books.owners],
    ["compute", books.compute],
    ["stakers", books.stakers],
    ["Datanet owners", books.curators],
    ["contributors", books.contributors],
    ["in tills, not swept yet", books.inTills],
    ["beside it, in channels: still their payers'", books.inChannels],
    ["claimed", books.claimed],
    ["not claimed yet", books.unclaimed],
    ["in pools, not settled yet", books.unsettled],
    ["dust", books.dust],
    ["training fees", books.trainingFees],
    ["of them paid to operators", books.trainingPaid],
    ["returned to publishers", books.trainingReturned],
    ["in escrow", books.trainingEscrowed],
  ];
  const booksTable = table(lines, [
    { title: "books", value: ([name]) => name },
    { title: "OPEN", value: ([, wei]) => formatOpen(wei), align: "right" },
  ]);
  const gas = table(result.gas, [
    { title: "transaction", value: (row) => row.kind },
    { title: "count", value: (row) => String(row.count), align: "right" },
    { title: "gas least", value: (row) => String(row.least), align: "right" },
    { title: "mean", value: (row) => String(row.mean), align: "right" },
    { title: "most", value: (row) => String(row.most), align: "right" },
    { title: "L1 fee, gwei", value: (row) => (Number(row.meanL1Fee) / 1e9).toFixed(3), align: "right" },
  ]);
  const compared = result.models.some(({ accuracyAsPublished }) => accuracyAsPublished !== undefined);
  const models = table(result.models, [
    { title: "model", value: (row) => row.name },
    { title: "version", value: (row) => String(row.versionId), align: "right" },
    { title: "rows", value: (row) => String(row.trainingRows), align: "right" },
    { title: "duplicates left out", value: (row) => String(row.duplicates), align: "right" },
    { title: "test accuracy", value: (row) => share(row.accuracy), align: "right" },
    ...(compared ? [AS_PUBLISHED] : []),
  ]);
  const agents = table(result.agent === undefined ? [] : [result.agent], [
    { title: "agent", value: (row) => row.name },
    { title: "actions", value: (row) => String(row.actions), align: "right" },
    { title: "OPEN paid by users", value: (row) => formatOpen(row.earned), align: "right" },
    { title: "answers bought", value: (row) => String(row.answers), align: "right" },
    { title: "OPEN paid for them", value: (row) => formatOpen(row.spent), align: "right" },
  ]);
  const operators = table(result.operators, [
    { title: "operator", value: (row) => row.operator ?? "" },
    { title: "training", value: (row) => row.versions.flatMap(({ training }) => training ?? []).join(", ") },
    { title: "root", value: (row) => row.roots.at(-1)?.rootHash ?? "" },
  ]);
  const verdict = books.balanced
    ? `fees in = protocol + owners + compute + stakers + Datanet owners + contributors + in tills, and training fees = paid + returned + in escrow, to the wei; charged bonds are the treasury's; royalties to the parent ${formatRounded(books.royalties)} OPEN, swept again there`
    : "THE BOOKS DO NOT BALANCE";
  const beside = table(result.beside, [
    { title: "beside the scenario", value: (row) => row.what },
    { title: "count", value: (row) => String(row.count), align: "right" },
    { title: "OPEN", value: (row) => (row.amount === undefined ? "" : formatOpen(row.amount)), align: "right" },
  ]);
  return [
    `${models}\n${ABOUT_ACCURACY}${compared ? ABOUT_PUBLISHED : ""}.`,
    ...(result.agent === undefined ? [] : [agents]),
    operators,
    contributors,
    `${booksTable}\n${verdict}`,
    ...(result.beside.length > 0 ? [beside] : []),
    tellStory(result),
    gas,
  ].join("\n\n");
}
