import { InputError } from "../common/errors.ts";
import type { Image, Question } from "../data/example.ts";
import { MOST_DEVIATIONS, type RowEncoding } from "../data/tabular/rowEncoding.ts";
import type { RowInput } from "../data/tabular/rowInput.ts";
import type { InferenceRequest } from "./receiptFiles.ts";
import type { Plan } from "./versionFiles.ts";

/**
 * The question in a request, checked against what a version reads: before anything is paid for it, and before a receipt for
 * it counts.
 *
 * @throws InputError when the version reads another kind of question, images of another size, or other columns or categories
 */
export function readRequest(
  { encoding, recipe }: Pick<Plan, "encoding" | "recipe">,
  request: InferenceRequest,
): Question {
  if (typeof encoding !== "string" && encoding.kind === "standardised-rows/1") {
    if (request.kind !== "row") throw otherKind(request, "row");
    requireKnown(encoding, request.input);
    return { kind: "row", input: request.input };
  }
  if (encoding !== "grey-image/1") {
    if (request.kind !== "text") throw otherKind(request, "text");
    return { kind: "text", input: request.input };
  }
  if (request.kind !== "image") throw otherKind(request, "image");
  const { width, height, channels } = request;
  requireSize(recipe.input, { width, height, channels });
  return { kind: "image", input: { width, height, channels, pixels: Buffer.from(request.pixels, "base64") } };
}

/** The text in a request to a version that answers with passages. @throws InputError for an image or a prompt */
export function readQuestion(request: InferenceRequest): string {
  if (request.kind === "text" || request.kind === "embedding") return request.input;
  throw otherKind(request, "text");
}

function otherKind({ kind }: InferenceRequest, wanted: string): InputError {
  return new InputError("the model reads another kind of question", {
    value: kind,
    limit: wanted,
    remedy: `Send a request with "kind": "${wanted}".`,
  });
}

/** A column that is left out is a missing value; what is stated has to mean something to the version. */
function requireKnown({ columns }: RowEncoding, input: RowInput): void {
  for (const [name, value] of Object.entries(input)) {
    const column = columns.find((one) => one.name === name);
    if (column === undefined) {
      const names = columns.map((one) => one.name);
      throw unknown(
        "the model reads no such column",
        name,
        listed(names),
        "Correct its name, or leave the column out.",
      );
    }
    const { number, categories } = column;
    if (typeof value === "string") {
      if (categories.includes(value)) continue;
      const limit = [...(number === null ? [] : ["a number"]), ...(categories.length > 0 ? [listed(categories)] : [])];
      throw unknown("the model does not know this value of a column", `${name}: ${value}`, limit.join(", or "));
    }
    if (number === null) {
      throw unknown(
        "a column that the model reads has categories, not numbers",
        `${name}: ${value}`,
        listed(categories),
      );
    }
    const most = MOST_DEVIATIONS * number.deviation;
    if (Math.abs(value - number.mean) <= most) continue;
    const range = `${number.mean - most} to ${number.mean + most}`;
    throw unknown("a number is far from all that the model was trained on", `${name}: ${value}`, range);
  }
}

/** Names that an error lists. */
const MOST_LISTED = 20;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function unknown(what: string, value: string, limit: string, remedy?: string): InputError {
  return new InputError(what, {
    value,
    limit,
    remedy: remedy ?? "Correct the value, or leave the column out: it is then read as missing.",
  });
}

function requireSize(read: Plan["recipe"]["input"], { width, height, channels }: Omit<Image, "pixels">): void {
  const fits =
    read.kind === "image"
      ? width === read.width && height === read.height && channels === read.channels
      : read.kind === "dense" && width * height * channels === read.width;
  if (fits) return;
  throw new InputError("the model reads images of another size", {
    value: `${width} × ${height} × ${channels}`,
    limit: read.kind === "image" ? `${read.width} × ${read.height} × ${read.channels}` : JSON.stringify(read),
    remedy: "Scale the image to that width, height and number of channels.",
  });
}
