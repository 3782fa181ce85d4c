import { formatOpen } from "@openledger/protocol/units.ts";
import type { z } from "zod";
import type { card } from "../api/schemas.ts";
import { isoTime } from "../common/isoTime.ts";

/** A model card as a page of Markdown. */
export function renderCard(of: z.output<typeof card>): string {
  const { versionId, modelId, provider, price, parents, answers, data, bases, size, certificate, limits } = of;
  return [
    `# Version ${versionId} of model ${modelId}`,
    `Answers with ${answers}. An answer costs ${formatOpen(price)} OPEN, from ${provider}.`,
    "## Data",
    data.length === 0 ? "None of any Datanet." : data.map(datanetText).join("\n"),
    "## How it was made",
    [
      ...parents.map((parent) => `- pays ${parent.shareBps / 100} % of its owner's part to model ${parent.modelId}`),
      ...bases.map((base) => `- stands on the base ${base}`),
      `- ${size.rows} rows, ${size.parameters} parameters, ${size.epochs} epochs, ${size.members} models`,
      `- recipe ${of.recipeHash}, attribution ${of.schemeId}, files at ${of.uri}`,
    ].join("\n"),
    "## Certificate",
    certificate === undefined
      ? "None."
      : `${certificate.bps} of 10,000 from ${certificate.coalitions} retrained coalitions; ${(100 * certificate.accuracy).toFixed(1)} % of its test examples are answered right.`,
    "## Limits",
    limits.map((limit) => `- ${limit}`).join("\n"),
    ...(of.recipe === "" ? [] : ["## Recipe", `\`\`\`json\n${of.recipe}\n\`\`\``]),
  ].join("\n\n");
}

function datanetText({
  datanetId,
  name,
  tags,
  licence,
  licenceExpiry,
  ...counts
}: z.output<typeof card>["data"][number]) {
  const until = licenceExpiry === 0n ? "" : ` until ${isoTime(licenceExpiry)}`;
  const { examples, contributions, contributors, judging } = counts;
  return [
    `- Datanet ${datanetId}, ${name}${tags.length > 0 ? ` (${tags.join(", ")})` : ""}: models may ${licence.join(", ")}${until};`,
    `  ${examples} examples in ${contributions} contributions of ${contributors} contributors, judged by ${judging}`,
  ].join("\n");
}
