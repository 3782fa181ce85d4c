import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** `f64` for exact differentiation of a training run, `f32` for retraining studies: twice as fast. */
export type Precision = "f32" | "f64";

export type Reals = Float32Array | Float64Array;

/** Identity, ReLU, SiLU: the numbers that `assembly/dense.ts` knows. */
export const ACTIVATIONS = { identity: 0, relu: 1, silu: 2 } as const;
export type Activation = keyof typeof ACTIVATIONS;

/** Functions of `assembly/dense.ts`, documented there. Pointers are byte offsets, counts and strides are elements. */
export interface DenseKernels {
  gemmScratchBytes(): number;
  // prettier-ignore
  gemm(
    m: number, n: number, k: number, a: number, aRow: number, aColumn: number, b: number, bRow: number, bColumn: number,
    beta: number, c: number, cRow: number, scratch: number,
  ): void;
  gatherRows(rows: number, width: number, indices: number, from: number, to: number): void;
  // prettier-ignore
  activate(rows: number, width: number, kind: number, bias: number, h: number, slope: number, curvature: number): void;
  // prettier-ignore
  dropout(count: number, rate: number, key: bigint, counter: bigint, h: number, slope: number, curvature: number): void;
  softmax(rows: number, width: number, logits: number, labels: number, losses: number): void;
  // prettier-ignore
  lossDelta(rows: number, width: number, scale: number, weights: number, p: number, labels: number, delta: number): void;
  lossDeltaR(rows: number, width: number, scale: number, weights: number, p: number, rz: number, out: number): void;
  columnSums(rows: number, width: number, a: number, out: number, beta: number): void;
  addRow(rows: number, width: number, row: number, a: number): void;
  multiply(count: number, a: number, b: number, out: number): void;
  chainR(count: number, slope: number, upstream: number, curvature: number, ra: number, out: number): void;
  // prettier-ignore
  stepMomentum(
    count: number, rate: number, momentum: number, decay: number, g: number, v: number, theta: number,
  ): void;
  // prettier-ignore
  stepAdam(
    count: number, rate: number, b1: number, b2: number, c1: number, c2: number, epsilon: number, rootEpsilon: number,
    decay: number, g: number, m: number, v: number, theta: number,
  ): void;
  // prettier-ignore
  adjointMomentum(count: number, rate: number, momentum: number, lambda: number, lv: number, u: number): void;
  // prettier-ignore
  adjointAdam(
    count: number, rate: number, b1: number, b2: number, c1: number, c2: number, epsilon: number, rootEpsilon: number,
    decay: number, g: number, m: number, v: number, lambda: number, lm: number, lv: number, u: number,
  ): void;
  addScaled(count: number, a: number, x: number, y: number): void;
  uniform(count: number, key: bigint, low: number, high: number, out: number): void;
  shuffle(count: number, key: bigint, ids: number): void;
}

/** A linear memory with the kernels over it. Regions are handed out once and live as long as the workspace. */
export interface DenseWorkspace {
  readonly precision: Precision;
  readonly kernels: DenseKernels;
  /** Scratch of `gemm`. */
  readonly scratch: number;
  /** Room for `count` numbers of the workspace's precision, zeroed. */
  reals(count: number): Region<Reals>;
  integers(count: number): Region<Int32Array>;
  /** Cross-entropies are float64 in both precisions. */
  doubles(count: number): Region<Float64Array>;
}

/** `view` looks at the memory that starts at byte `pointer`. */
export interface Region<View> {
  readonly pointer: number;
  readonly view: View;
}

const PAGE = 65_536;
const MOST_PAGES = 65_535;
/** asc places its few constants below. */
const FIRST_FREE_BYTE = 4_096;

/**
 * @param megabytes size of the memory, at most 4,095; pages that are never touched cost nothing
 * @throws RangeError from an allocation that does not fit, with the size that would
 */
export async function createDenseWorkspace(precision: Precision, megabytes: number): Promise<DenseWorkspace> {
  const pages = Math.ceil(megabytes * 16);
  if (!(pages >= 64 && pages <= MOST_PAGES)) throw new RangeError(`a workspace has 4 to 4,095 MB, not ${megabytes}`);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(await compiled(precision), { env: { memory } });
  const kernels = exports as unknown as DenseKernels; // the compiler checked the exports' types, JavaScript cannot
  const width = precision === "f32" ? 4 : 8;
  let next = FIRST_FREE_BYTE;

  function allocate(bytes: number): number {
    const pointer = next;
    next = Math.ceil((next + bytes) / 64) * 64;
    if (next > pages * PAGE) {
      throw new RangeError(
        `the workspace of ${megabytes} MB is full: this run needs ${Math.ceil(next / 2 ** 20)} MB or more`,
      );
    }
    return pointer;
  }
  return {
    precision,
    kernels,
    scratch: allocate(kernels.gemmScratchBytes()),
    reals(count) {
      const pointer = allocate(count * width);
      const View = precision === "f32" ? Float32Array : Float64Array;
      return { pointer, view: new View(memory.buffer, pointer, count) };
    },
    integers(count) {
      const pointer = allocate(count * 4);
      return { pointer, view: new Int32Array(memory.buffer, pointer, count) };
    },
    doubles(count) {
      const pointer = allocate(count * 8);
      return { pointer, view: new Float64Array(memory.buffer, pointer, count) };
    },
  };
}

const SOURCES = ["./assembly/dense.ts", "./assembly/gemm.ts", "../../numerics/assembly/elementary.ts"];
const modules = new Map<Precision, Promise<WebAssembly.Module>>();

function compiled(precision: Precision): Promise<WebAssembly.Module> {
  let module = modules.get(precision);
  if (module === undefined) modules.set(precision, (module = compile(precision)));
  return module;
}

/** Compiles the AssemblyScript sources once per change of them; the result is kept in `build/`. */
async function compile(precision: Precision): Promise<WebAssembly.Module> {
  const digest = createHash("sha256");
  for (const source of SOURCES) digest.update(readFileSync(new URL(source, import.meta.url)));
  const build = new URL("./build/", import.meta.url);
  const file = new URL(`dense-${precision}-${digest.digest("hex").slice(0, 16)}.wasm`, build);
  if (!existsSync(file)) {
    const { main } = await import("assemblyscript/asc");
    mkdirSync(build, { recursive: true });
    const partial = fileURLToPath(file) + `.${process.pid}`;
    const entry = fileURLToPath(new URL(SOURCES[0]!, import.meta.url));
    const options = ["-O3", "--enable", "simd", "--runtime", "stub", "--noAssert", "--importMemory"];
    const { error } = await main([entry, "--use", `Real=${precision}`, "-o", "dense.wasm", ...options], {
      readFile: (name) => (existsSync(name) ? readFileSync(name, "utf8") : null),
      writeFile: (_name, contents) => {
        writeFileSync(partial, contents);
      },
      listFiles: () => [],
    });
    if (error) throw new Error(`assembly/dense.ts does not compile: ${error.message}`);
    renameSync(partial, file);
  }
  return new WebAssembly.Module(new Uint8Array(readFileSync(file)));
}
