import { MachineError } from "../common/errors.ts";
import { HEAP_BYTES } from "../numerics/backend/heap.ts";
import type { Architecture } from "./architecture.ts";
import { outputWidth } from "./architecture.ts";

/** Of attention: its weights, their gradient, and the zeros that stand for the gradient of an output that nobody reads. */
const ATTENTION_COPIES = 4;

/** The model and its batch do not fit into the backend's memory. */
export class TrainingTooLargeError extends MachineError {
  readonly bytes: number;
  constructor(bytes: number, remedy: string) {
    const gib = (count: number) => (count / 2 ** 30).toFixed(2);
    super(`training needs about ${gib(bytes)} GiB, ${gib(HEAP_BYTES)} GiB are there: ${remedy}`);
    this.bytes = bytes;
  }
}

/** Parameters, their gradients, two moments and one size class of slack. */
const PARAMETER_COPIES = 5;
/** Of each activation: pre-activation, activation, dropout mask, and the gradients of two of them. */
const ACTIVATION_COPIES = 5;
/** Patches, their gradient, and slack. */
const PATCH_COPIES = 3;

/** Bytes that a training step holds at most, foreseen from shapes. */
export function trainingBytes(architecture: Architecture, batch: number): number {
  const parameters = architecture.parameters.reduce((sum, { elements }) => sum + elements, 0);
  let perRow = 2 * architecture.inputWidth;
  for (const layer of architecture.layers) {
    perRow += ACTIVATION_COPIES * outputWidth(layer);
    if (layer.kind === "convolution") perRow += PATCH_COPIES * layer.positions * layer.inputs;
  }
  for (const step of architecture.steps) {
    if (step.kind === "block") perRow += ATTENTION_COPIES * step.heads * step.length * step.length;
  }
  return 4 * (PARAMETER_COPIES * parameters + batch * perRow);
}

/** @throws TrainingTooLargeError with the batch that would fit, before any work is done */
export function requireTrainingRoom(architecture: Architecture, batch: number): void {
  const bytes = trainingBytes(architecture, batch);
  if (bytes <= HEAP_BYTES) return;
  const fixed = trainingBytes(architecture, 0);
  const fits = Math.floor((HEAP_BYTES - fixed) / (trainingBytes(architecture, 1) - fixed));
  const remedy = fits >= 1 ? `lower the recipe's batch to ${fits}` : "use fewer units, filters or buckets";
  throw new TrainingTooLargeError(bytes, remedy);
}
