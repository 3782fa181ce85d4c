import { z } from "zod";
import { ChainError } from "../../common/errors.ts";
import { poll } from "../../common/retry.ts";
import { attestedIndex } from "../../jobs/indexEvents.ts";
import { committedReceipts } from "../../jobs/poolEvents.ts";
import { type PostedRoot, postedRoots } from "../../jobs/rootEvents.ts";
import type { ChainEvents } from "../../store/chainEvents.ts";
import type { PublishedModel } from "./models.ts";
import type { Running } from "./processes.ts";

/** Reading the chain and watching the processes while they work. */
export interface Watching {
  readonly events: ChainEvents;
  /** Brings the events up to date. */
  readonly scan: () => Promise<void>;
  readonly processes: readonly Running[];
  readonly signal: AbortSignal;
}

const INTERVAL_MS = 200;

/** Scans until `ready` gives something. Rejects when one of the processes cannot be kept running */
async function until<T>({ scan, processes, signal }: Watching, ready: () => Promise<T | undefined>): Promise<T> {
  const stop = new AbortController();
  try {
    return await Promise.race([
      ...processes.map(({ process }) => process.gaveUp),
      poll(
        async () => {
          await scan();
          return ready();
        },
        { intervalMs: INTERVAL_MS, signal: AbortSignal.any([signal, stop.signal]) },
      ),
    ]);
  } finally {
    stop.abort();
  }
}

/** The time from which every model's index is final. */
export async function untilAttested(watching: Watching, models: readonly PublishedModel[]): Promise<bigint> {
  const indexes = await until(watching, async () => {
    const found = await Promise.all(models.map(({ versionId }) => attestedIndex(watching.events, versionId)));
    return found.every((index) => index !== undefined) ? found : undefined;
  });
  return indexes.reduce((latest, index) => (index.challengeEnds > latest ? index.challengeEnds : latest), 0n);
}

export async function untilActivated(watching: Watching, models: readonly PublishedModel[]): Promise<void> {
  await until(watching, async () => {
    const found = await Promise.all(models.map(({ versionId }) => attestedIndex(watching.events, versionId)));
    return found.every((index) => index?.activated) || undefined;
  });
}

export async function untilCommitted(
  watching: Watching,
  models: readonly PublishedModel[],
  epoch: bigint,
): Promise<void> {
  await until(watching, async () => {
    const found = await Promise.all(models.map(({ modelId }) => committedReceipts(watching.events, modelId, epoch)));
    return found.every((commitment) => commitment !== undefined) || undefined;
  });
}

export async function untilRoot(watching: Watching, status: PostedRoot["status"]): Promise<PostedRoot> {
  return until(watching, async () => {
    const last = (await postedRoots(watching.events)).at(-1);
    return last?.status === status || last?.status === "finalised" ? last : undefined;
  });
}

const statusSchema = z.object({
  operator: z.string().optional(),
  versions: z.array(
    z.object({ versionId: z.string(), training: z.string().optional(), indexRoot: z.string().optional() }),
  ),
  roots: z.array(z.object({ epochs: z.string(), rootHash: z.string().optional() })),
});

export type OperatorStatus = z.output<typeof statusSchema>;

/** What every operator has computed on its own, once all of them have computed the root. */
export async function untilAllSettled(
  watching: Watching,
  operators: readonly Running[],
  rootHash: string,
): Promise<OperatorStatus[]> {
  return until(watching, async () => {
    const answers = await Promise.all(
      operators.map(async ({ url }) => statusSchema.parse(await (await fetch(new URL("/v1/status", url))).json())),
    );
    return answers.every(({ roots }) => roots.some((root) => root.rootHash !== undefined)) ? answers : undefined;
  }).then((answers) => {
    const different = answers.filter(({ roots }) => !roots.some((root) => root.rootHash === rootHash));
    if (different.length === 0) return answers;
    throw new ChainError("operators reached different roots", { value: different, limit: rootHash });
  });
}
