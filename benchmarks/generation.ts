/**
 * How fast a pretrained generator writes on one thread: `npm run bench -- generation [--base NAME] [--tokens N]`.
 *
 * Both profiles write the same number of tokens after a question, and read a longer text; beside them stands what this machine's memory allows, measured
 * in the same run: the time to move as many bytes as the weights have. A base has to be there: `npx openledger base add smollm2`.
 */
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { baseHash } from "../oracle/jobs/bases/baseList.ts";
import { getGenerator } from "../oracle/jobs/bases/generatorFiles.ts";
import { createContentFiles } from "../oracle/jobs/contentFiles.ts";
import { createBytePairs } from "../oracle/model/decoder/bytePairs.ts";
import { chatPrompt } from "../oracle/model/decoder/chatPrompt.ts";
import { continuePrompts } from "../oracle/model/decoder/continuePrompt.ts";
import { type Decoder, openDecoder } from "../oracle/model/decoder/decoder.ts";
import { createWasmKernels } from "../oracle/numerics/wasmKernels.ts";
import { STATE } from "./folders.ts";
import type { Benchmark, Row } from "./report.ts";

const SEED = 7;
const LENGTH = 1_024;
const QUESTION = "What are the symptoms of asthma?";
const TARGETS = { "float32/1": 20, "int8-exact/1": 50 } as const;
/** The best of so many: other work on the machine only ever makes it slower. */
const TRIES = 3;

export const benchmark: Benchmark = {
  name: "generation",
  seed: SEED,
  async *measure(options) {
    const { values } = parseArgs({
      args: [...options],
      options: { base: { type: "string", default: "smollm2" }, tokens: { type: "string", default: "48" } },
    });
    const content = createContentFiles(join(STATE, "content"), []);
    const { shape, vocabulary, weights } = await getGenerator(content, baseHash(STATE, values.base));
    const pairs = createBytePairs(vocabulary);
    const { tokens: prompt } = chatPrompt(pairs, QUESTION);
    const bytes = [...weights.matrices.values()].reduce((sum, { integers }) => sum + integers.length, 0);
    yield { name: "weights", value: bytes / 2 ** 20, unit: "MiB" };
    for (const profile of ["float32/1", "int8-exact/1"] as const) {
      const decoder = openDecoder(createWasmKernels, shape, weights, { profile, sequences: 1, length: LENGTH });
      yield* speeds(decoder, profile, prompt, Number(values.tokens));
      yield { name: "as fast as memory gives the weights", value: 1 / secondsToMove(bytes), unit: "tokens/s" };
    }
    yield {
      ...{ name: "memory at the peak", value: process.resourceUsage().maxRSS / 2 ** 10, unit: "MiB" },
      ...{ comparator: "<=", target: 1_024 },
    };
  },
};

function* speeds(
  decoder: Decoder,
  profile: keyof typeof TARGETS,
  prompt: readonly number[],
  most: number,
): Generator<Row> {
  const asked = { prompt, most, end: -1, seed: [SEED, 0, 0, 0] as const, temperature: 0 };
  const seconds = { wall: Infinity, processor: Infinity, prompt: Infinity };
  for (let i = 0; i < TRIES; i++) {
    const writing = continuePrompts(decoder, [asked]);
    seconds.prompt = Math.min(seconds.prompt, timed(() => writing.next()).wall / prompt.length);
    const rest = timed(() => {
      while (writing.next().done !== true);
    });
    seconds.wall = Math.min(seconds.wall, rest.wall / (most - 1));
    seconds.processor = Math.min(seconds.processor, rest.processor / (most - 1));
  }
  yield { name: `${profile}, reading a question`, value: 1 / seconds.prompt, unit: "tokens/s" };
  yield { name: `${profile}, writing`, value: 1 / seconds.wall, unit: "tokens/s" };
  yield {
    ...{ name: `${profile}, writing, by the processor's time`, value: 1 / seconds.processor, unit: "tokens/s" },
    ...{ comparator: ">=", target: TARGETS[profile] },
  };
}

function timed(work: () => unknown): { readonly wall: number; readonly processor: number } {
  const [before, start] = [process.cpuUsage(), performance.now()];
  work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1e3, processor: (user + system) / 1e6 };
}

/** Seconds in which this thread moves so many bytes between memory and itself: it copies half of them. */
function secondsToMove(bytes: number): number {
  const [from, to] = [new Uint8Array(bytes / 2).fill(1), new Uint8Array(bytes / 2).fill(2)];
  return Math.min(...Array.from({ length: TRIES }, () => timed(() => to.set(from)).processor));
}
