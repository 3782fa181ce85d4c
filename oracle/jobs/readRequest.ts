import { InputError } from "../common/errors.ts";
import type { Example, Image } from "../data/example.ts";
import type { InferenceRequest } from "./receiptFiles.ts";
import type { Plan } from "./versionFiles.ts";

/** What a network reads of a request. */
export type Question = Pick<Example, "kind" | "input">;

/**
 * The question in a request, checked against what a version reads: before anything is paid for it, and before a receipt for
 * it counts.
 *
 * @throws InputError when the version reads another kind of question, or images of another size
 */
export function readRequest(
  { encoding, recipe }: Pick<Plan, "encoding" | "recipe">,
  request: InferenceRequest,
): Question {
  const kind = encoding === "grey-image/1" ? "image" : "text";
  if (request.kind !== kind) throw otherKind(request, kind);
  if (request.kind === "text") return { kind, input: request.input };
  const { width, height, channels } = request;
  requireSize(recipe.input, { width, height, channels });
  return { kind, input: { width, height, channels, pixels: Buffer.from(request.pixels, "base64") } };
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
