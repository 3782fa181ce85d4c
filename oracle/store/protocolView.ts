import { z } from "zod";
import type { ChainEvents } from "./chainEvents.ts";
import type { EventFilter, StoredEvent } from "./storedEvent.ts";

const uint = z.coerce.bigint();
const small = z.coerce.number().int();
const text = z.string();

const partSchema = z.object({ kind: small, contentRoot: text, examples: small });
const submittedSchema = z.object({
  submissionId: uint,
  datanetId: uint,
  contributor: text,
  sponsor: text,
  firstContributionId: uint,
  parts: z.array(partSchema),
  uri: text,
});
const resolvedSchema = z.object({ submissionId: uint, acceptedMask: uint });
const revokedSchema = z.object({ contributionId: uint, effectiveEpoch: uint });
const snapshotSchema = z.object({
  snapshotId: uint,
  datanetId: uint,
  blockNumber: small,
  accumulator: text,
  count: small,
});
const mintedSchema = z.object({
  modelId: uint,
  creator: text,
  terms: z.object({
    parents: z.array(z.object({ modelId: uint, shareBps: small })),
    provider: text,
    price: uint,
    base: z.boolean(),
  }),
  uri: text,
});
const publishedSchema = z.object({
  versionId: uint,
  modelId: uint,
  artefacts: z.object({
    weightsHash: text,
    recipeHash: text,
    schemeId: text,
    snapshotIds: z.array(uint),
    size: z.object({ rows: uint, parameters: uint, epochs: uint, members: uint }),
    uri: text,
  }),
});

export interface Submission extends z.output<typeof submittedSchema> {
  readonly blockNumber: number;
  readonly logIndex: number;
  /** Unix seconds. */
  readonly submittedAt: number;
  /** Undefined while the review is open. */
  readonly acceptedMask: bigint | undefined;
}

/** One ERC-721 of the ContributionRegistry. */
export interface Contribution {
  readonly contributionId: bigint;
  readonly submissionId: bigint;
  readonly datanetId: bigint;
  /** Place among the parts of its submission. */
  readonly part: number;
  readonly kind: "train" | "quality";
  readonly contentRoot: string;
  readonly examples: number;
  readonly contributor: string;
  /** Who paid the bond and gets it back, whoever owns the contribution; the zero address: its owner gets it. */
  readonly sponsor: string;
  readonly uri: string;
  /** First epoch in which it no longer accrues; undefined unless revoked. */
  readonly revokedFrom: bigint | undefined;
}

export type Snapshot = z.output<typeof snapshotSchema>;

export interface Model {
  readonly modelId: bigint;
  readonly creator: string;
  /** The models that it derives from, and their shares of its owner's part. */
  readonly parents: { readonly modelId: bigint; readonly shareBps: number }[];
  readonly provider: string;
  readonly price: bigint;
  /** Made without data of any Datanet. */
  readonly base: boolean;
  readonly uri: string;
}

export interface Version {
  readonly versionId: bigint;
  readonly modelId: bigint;
  readonly weightsHash: string;
  readonly recipeHash: string;
  readonly schemeId: string;
  readonly snapshotIds: readonly bigint[];
  /** As its publisher declared it. */
  readonly size: {
    readonly rows: bigint;
    readonly parameters: bigint;
    readonly epochs: bigint;
    readonly members: bigint;
  };
  readonly uri: string;
  readonly blockNumber: number;
}

/** The registries as the stored events tell them, in the order of the chain. */
export interface ProtocolView {
  submissions(datanetId?: bigint): Promise<Submission[]>;
  /** Accepted contributions whose acceptance, and no revocation, lies before the snapshot's place in the chain. */
  contributionsIn(snapshot: Snapshot): Promise<Contribution[]>;
  contributions(datanetId?: bigint): Promise<Contribution[]>;
  snapshot(snapshotId: bigint): Promise<Snapshot | undefined>;
  models(): Promise<Model[]>;
  versions(): Promise<Version[]>;
}

export function createProtocolView(events: ChainEvents): ProtocolView {
  async function parsed<S extends z.ZodType>(filter: EventFilter, schema: S) {
    return (await events.find(filter)).map((event) => ({ event, args: schema.parse(event.args) }));
  }

  async function submissions(datanetId?: bigint, before?: StoredEvent): Promise<Submission[]> {
    const where = datanetId === undefined ? {} : { datanetId: datanetId.toString() };
    const filter = { contract: "ContributionRegistry", where };
    const masks = new Map(
      (await parsed({ ...filter, name: "Resolved" }, resolvedSchema))
        .filter(({ event }) => before === undefined || isBefore(event, before))
        .map(({ args }) => [args.submissionId, args.acceptedMask]),
    );
    return (await parsed({ ...filter, name: "Submitted" }, submittedSchema)).map(({ event, args }) => ({
      ...args,
      blockNumber: event.blockNumber,
      logIndex: event.logIndex,
      submittedAt: event.timestamp,
      acceptedMask: masks.get(args.submissionId),
    }));
  }

  async function contributions(datanetId?: bigint, before?: StoredEvent): Promise<Contribution[]> {
    const where = datanetId === undefined ? {} : { datanetId: datanetId.toString() };
    const revoked = new Map(
      (await parsed({ contract: "ContributionRegistry", name: "Revoked", where }, revokedSchema))
        .filter(({ event }) => before === undefined || isBefore(event, before))
        .map(({ args }) => [args.contributionId, args.effectiveEpoch]),
    );
    const accepted: Contribution[] = [];
    for (const submission of await submissions(datanetId, before)) {
      for (const [part, { kind, contentRoot, examples }] of submission.parts.entries()) {
        if ((((submission.acceptedMask ?? 0n) >> BigInt(part)) & 1n) === 0n) continue;
        const contributionId = submission.firstContributionId + BigInt(part);
        accepted.push({
          contributionId,
          submissionId: submission.submissionId,
          datanetId: submission.datanetId,
          part,
          kind: kind === 0 ? "train" : "quality",
          contentRoot,
          examples,
          contributor: submission.contributor,
          sponsor: submission.sponsor,
          uri: submission.uri,
          revokedFrom: revoked.get(contributionId),
        });
      }
    }
    return accepted;
  }

  async function snapshotEvents(snapshotId: bigint) {
    const where = { snapshotId: snapshotId.toString() };
    return parsed({ contract: "ModelRegistry", name: "SnapshotPinned", where }, snapshotSchema);
  }

  return {
    submissions: (datanetId) => submissions(datanetId),
    contributions: (datanetId) => contributions(datanetId),
    contributionsIn: async ({ snapshotId, datanetId }) => {
      const [pinned] = await snapshotEvents(snapshotId);
      if (pinned === undefined) return [];
      return (await contributions(datanetId, pinned.event)).filter((c) => c.revokedFrom === undefined);
    },
    snapshot: async (snapshotId) => (await snapshotEvents(snapshotId))[0]?.args,
    models: async () => {
      const minted = await parsed({ contract: "ModelRegistry", name: "ModelMinted" }, mintedSchema);
      return minted.map(({ args: { modelId, creator, terms, uri } }) => ({ modelId, creator, ...terms, uri }));
    },
    versions: async () => {
      const published = await parsed({ contract: "ModelRegistry", name: "VersionPublished" }, publishedSchema);
      return published.map(({ event, args: { versionId, modelId, artefacts } }) => ({
        versionId,
        modelId,
        ...artefacts,
        blockNumber: event.blockNumber,
      }));
    },
  };
}

function isBefore(a: StoredEvent, b: StoredEvent): boolean {
  return a.blockNumber < b.blockNumber || (a.blockNumber === b.blockNumber && a.logIndex < b.logIndex);
}
