import { asHash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { root as rootSchema, version as versionSchema } from "../../api/schemas.ts";
import type { Contracts } from "../../chain/contracts.ts";
import { ChainError } from "../../common/errors.ts";
import { poll } from "../../common/retry.ts";
import type { PublishedIndex } from "../../jobs/publishedIndex.ts";
import { attestedIndex } from "../../jobs/indexEvents.ts";
import { committedReceipts } from "../../jobs/poolEvents.ts";
import { type PostedRoot, postedRoots, rangeSubject } from "../../jobs/rootEvents.ts";
import { type EscrowedTraining, escrowedTraining } from "../../jobs/trainingEvents.ts";
import type { ChainEvents } from "../../store/chainEvents.ts";
import type { PublishedModel } from "../stages/models.ts";
import type { Running } from "./processes.ts";
import type { Sweep } from "../stages/sweep.ts";

/** Reading the chain and watching the processes while they work. */
export interface Watching {
  readonly events: ChainEvents;
  /** Brings the events up to date. */
  readonly scan: () => Promise<unknown>;
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

/** What a process answers; undefined while it does not, such as after it was killed and before it is up again. */
async function ask<S extends z.ZodType>({ url }: Running, path: string, schema: S): Promise<z.output<S> | undefined> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(new URL(path, url));
    answer = await response.json();
  } catch {
    return undefined;
  }
  return response.ok ? schema.parse(answer) : undefined;
}

/** What the first of the processes that knows answers. */
async function askAny<S extends z.ZodType>(
  asked: readonly Running[],
  path: string,
  schema: S,
): Promise<z.output<S> | undefined> {
  for (const process of asked) {
    const answer = await ask(process, path, schema);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** The latest windows of the models' trainings, once `done` holds for all of them. */
export async function untilTrained(
  watching: Watching,
  models: readonly PublishedModel[],
  done: (training: EscrowedTraining) => boolean,
): Promise<Pick<EscrowedTraining, "commitEnds" | "revealEnds">> {
  const trainings = await until(watching, async () => {
    const found = await Promise.all(models.map(({ versionId }) => escrowedTraining(watching.events, versionId)));
    const escrowed = found.filter((training) => training !== undefined);
    return escrowed.length === models.length && escrowed.every(done) ? escrowed : undefined;
  });
  const latest = (times: bigint[]) => times.reduce((last, time) => (time > last ? time : last), 0n);
  return {
    commitEnds: latest(trainings.map(({ commitEnds }) => commitEnds)),
    revealEnds: latest(trainings.map(({ revealEnds }) => revealEnds)),
  };
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

/** The activated indexes, and where the operators have published them. */
export async function untilPublished(
  watching: Watching,
  operators: readonly Running[],
  models: readonly PublishedModel[],
): Promise<PublishedIndex[]> {
  return until(watching, async () => {
    const found: PublishedIndex[] = [];
    for (const model of models) {
      const answer = await askAny(operators, `/v1/versions/${model.versionId}`, versionSchema);
      const { partsHash, manifest } = answer?.index ?? {};
      if (partsHash !== undefined && manifest !== undefined) {
        found.push({ versionId: model.versionId, partsHash: asHash(partsHash), manifest });
      }
    }
    return found.length === models.length ? found : undefined;
  });
}

/** CID of the bundle of a root, from an operator that has computed it. */
export async function untilBundle(
  watching: Watching,
  operators: readonly Running[],
  rootHash: string,
): Promise<string> {
  return until(watching, async () => (await askAny(operators, `/v1/roots/${rootHash}`, rootSchema))?.bundle);
}

export async function untilCommitted(watching: Watching, sweeps: readonly Sweep[]): Promise<void> {
  await until(watching, async () => {
    const found = await Promise.all(
      sweeps.map(({ model, epoch }) => committedReceipts(watching.events, model.modelId, epoch)),
    );
    return found.every((commitment) => commitment !== undefined) || undefined;
  });
}

/** The root that settles an epoch, as soon as it has this status or is final. */
export async function untilRoot(watching: Watching, epoch: bigint, status: PostedRoot["status"]): Promise<PostedRoot> {
  return until(watching, async () => {
    const found = (await postedRoots(watching.events)).findLast(
      ({ root }) => root.firstEpoch <= epoch && epoch <= root.lastEpoch,
    );
    return found?.status === status || found?.status === "finalized" ? found : undefined;
  });
}

/** The root that claims read: the last one that is final. */
export async function finalRoot({ events }: Watching): Promise<PostedRoot | undefined> {
  return (await postedRoots(events)).findLast(({ status }) => status === "finalized");
}

const statusSchema = z.object({
  operator: z.string().optional(),
  versions: z.array(
    z.object({ versionId: z.string(), training: z.string().optional(), partsHash: z.string().optional() }),
  ),
  roots: z.array(z.object({ epochs: z.string(), rootHash: z.string().optional() })),
});

export type OperatorStatus = z.output<typeof statusSchema>;

/** What every operator has computed on its own, once all of them have computed the root. */
export async function untilAllSettled(
  watching: Watching,
  operators: readonly Running[],
  { root, rootHash }: PostedRoot,
): Promise<OperatorStatus[]> {
  const computed = ({ roots }: OperatorStatus) => roots.find(({ epochs }) => epochs === rangeSubject(root))?.rootHash;
  return until(watching, async () => {
    const answers = await Promise.all(operators.map((operator) => ask(operator, "/v1/status", statusSchema)));
    const settled = answers.filter((answer) => answer !== undefined && computed(answer) !== undefined);
    return settled.length === operators.length ? (settled as OperatorStatus[]) : undefined;
  }).then((answers) => {
    const different = answers.filter((answer) => computed(answer) !== rootHash);
    if (different.length === 0) return answers;
    throw new ChainError("operators reached different roots", { value: different, limit: rootHash });
  });
}

/** Once the provider has claimed from its channels what their answers cost. @param owed OPEN wei by till */
export async function untilClaimed(
  watching: Watching,
  { PaymentChannels, OpenToken }: Pick<Contracts, "PaymentChannels" | "OpenToken">,
  owed: ReadonlyMap<string, bigint>,
): Promise<void> {
  const token = await OpenToken.getAddress();
  await until(watching, async () => {
    for (const [till, amount] of owed) {
      const { totalSettled } = await PaymentChannels.receivers(till, token);
      if (totalSettled < amount) return undefined;
    }
    return true;
  });
}
