import { argmaxRows, type OpenEnsemble, openEnsemble } from "../model/predict.ts";
import type { Weights } from "../model/weights.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";
import type { InferenceAnswer, InferenceRequest } from "../jobs/receiptFiles.ts";
import { encodeInputs } from "../jobs/trainingData.ts";
import type { Plan } from "../jobs/versionFiles.ts";

const MILLION = 1_000_000;

/** Answers requests with a model version. */
export interface Predictor {
  answer(request: InferenceRequest): Promise<InferenceAnswer>;
}

interface Waiting {
  readonly request: InferenceRequest;
  readonly resolve: (answer: InferenceAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests that arrive while a batch is being computed form the next one. */
export function createPredictor(plan: Plan, models: readonly Weights[]): Predictor {
  const ensemble = openEnsemble(kernelFactory("wasm"), plan.recipe, models);
  let waiting: Waiting[] = [];

  function flush(): void {
    const batch = waiting;
    waiting = [];
    try {
      const answers = predict(
        plan,
        ensemble,
        batch.map(({ request }) => request),
      );
      batch.forEach(({ resolve }, i) => resolve(answers[i]!));
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    }
  }

  return {
    answer: (request) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ request, resolve, reject });
      }),
  };
}

/** The label with the highest mean probability of the ensemble, for each request. */
export function predict(plan: Plan, ensemble: OpenEnsemble, requests: readonly InferenceRequest[]): InferenceAnswer[] {
  const inputs = encodeInputs(plan.encoding, requests.map(exampleOf));
  const probabilities = ensemble.predict(inputs);
  const classes = plan.labels.length;
  return Array.from(argmaxRows(probabilities, classes), (best, row) => ({
    label: plan.labels[best]!,
    confidence: Math.min(MILLION, Math.round(probabilities[row * classes + best]! * MILLION)),
  }));
}

function exampleOf(request: InferenceRequest) {
  if (request.kind === "text") return { kind: "text" as const, input: request.input };
  const { width, height, channels } = request;
  const pixels = Uint8Array.from(Buffer.from(request.pixels, "base64"));
  return { kind: "image" as const, input: { width, height, channels, pixels } };
}
