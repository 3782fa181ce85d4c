import { InputError, messageOf } from "../common/errors.ts";
import type { Question } from "../data/example.ts";
import type { InferenceAnswer, InferenceRequest } from "../jobs/receiptFiles.ts";
import { readRequest } from "../jobs/readRequest.ts";
import { encodeInputs } from "../jobs/trainingData.ts";
import type { Plan } from "../jobs/versionFiles.ts";
import type { Encoder } from "../model/answers/encoder.ts";
import { argmaxRows, openEnsemble, PredictionError } from "../model/predict.ts";
import type { Weights } from "../model/weights.ts";
import { kernelFactory } from "../numerics/kernelChoice.ts";

const MILLION = 1_000_000;

/** Answers requests with a model version. */
export interface Predictor {
  /** @throws InputError for what the version cannot read */
  check(request: InferenceRequest): void;
  /** @throws InputError as {@link check}, and for what it has no answer to */
  answer(request: InferenceRequest): Promise<InferenceAnswer>;
  /** Whether an answer costs whoever makes it money: it is then made for what is paid already, and for nobody else. */
  readonly isCostly?: boolean;
  /** Present where the version writes its answers: the tokens of one where the question does not say. */
  readonly writes?: { readonly most: number };
  /** Present where the version places texts among its passages. */
  readonly embeds?: { readonly dimension: number };
  /**
   * How probable each label is; absent where the version answers with passages or text.
   *
   * @param answer what `answer` gave, which has computed it already
   * @throws InputError as {@link answer}
   */
  readonly distribution?: (request: InferenceRequest, answer?: InferenceAnswer) => readonly LabelProbability[];
}

export interface LabelProbability {
  readonly label: string;
  /** 0 to 1. */
  readonly probability: number;
}

/** The probabilities of the classes for each question. */
type Asked = (questions: readonly Question[]) => Float32Array;

interface Waiting {
  readonly question: Question;
  readonly resolve: (answer: InferenceAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** @param base of a plan whose inputs are vectors of one */
export function createPredictor(plan: Plan, models: readonly Weights[], base?: Encoder): Predictor {
  const network = openEnsemble(kernelFactory("wasm"), plan.recipe, models);
  const ask: Asked = (questions) => network.predict(encodeInputs(plan.encoding, questions, base));
  const computed = new WeakMap<InferenceAnswer, Float32Array>();
  const answer = inBatches((questions) => predict(plan, ask, questions, computed));
  return {
    check: (request) => void readRequest(plan, request),
    answer: async (request) => answer(readRequest(plan, request)),
    distribution: (request, given) => {
      const known = given && computed.get(given);
      const probabilities = known ?? probabilitiesOf(ask, [readRequest(plan, request)]);
      return plan.labels.map((label, i) => ({ label, probability: probabilities[i]! }));
    },
  };
}

/**
 * Questions that arrive while a batch is being computed form the next one. Each has its own outcome: where a batch fails,
 * its questions are asked one by one.
 */
export function inBatches(
  predictAll: (questions: readonly Question[]) => InferenceAnswer[],
): (question: Question) => Promise<InferenceAnswer> {
  let waiting: Waiting[] = [];

  function settle(batch: readonly Waiting[]): void {
    try {
      const answers = predictAll(batch.map(({ question }) => question));
      batch.forEach(({ resolve }, i) => resolve(answers[i]!));
    } catch (error) {
      if (batch.length > 1) for (const one of batch) settle([one]);
      else batch[0]!.reject(error);
    }
  }

  return (question) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) {
        setImmediate(() => {
          const batch = waiting;
          waiting = [];
          settle(batch);
        });
      }
      waiting.push({ question, resolve, reject });
    });
}

/** The label with the highest mean probability of the ensemble, for each question. */
function predict(
  plan: Plan,
  ask: Asked,
  questions: readonly Question[],
  computed: WeakMap<InferenceAnswer, Float32Array>,
): InferenceAnswer[] {
  const probabilities = probabilitiesOf(ask, questions);
  const classes = plan.labels.length;
  return Array.from(argmaxRows(probabilities, classes), (best, row) => {
    const confidence = Math.min(MILLION, Math.round(probabilities[row * classes + best]! * MILLION));
    const answer = { label: plan.labels[best]!, confidence };
    computed.set(answer, probabilities.slice(row * classes, (row + 1) * classes));
    return answer;
  });
}

function probabilitiesOf(ask: Asked, questions: readonly Question[]): Float32Array {
  try {
    return ask(questions);
  } catch (error) {
    if (!(error instanceof PredictionError)) throw error;
    throw new InputError(`the model has no answer to this question: ${messageOf(error)}`, { cause: error });
  }
}
