import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { parseCertificate, type QualityCertificate } from "../attribution/evaluate/certificate.ts";
import { NotFoundError } from "../common/errors.ts";
import { type Datanet, datanetsIn } from "../store/datanets.ts";
import type { Contribution, Version } from "../store/protocolView.ts";
import type { Context } from "./context.ts";
import { versionContributions, versionDatanets } from "./versionContributions.ts";
import { standsOnBase } from "./trainingData.ts";
import {
  answersWithLabels,
  answersWithPassages,
  getManifest,
  type VersionManifest,
  writesAnswers,
  type Plan,
} from "./versionFiles.ts";

/** What a version is, for who thinks of using it: all of it from the chain and from the files that it names. */
export interface ModelCard extends Pick<Version, "versionId" | "modelId" | "recipeHash" | "schemeId" | "size" | "uri"> {
  readonly provider: string;
  /** Of an answer, OPEN wei. */
  readonly price: bigint;
  readonly parents: readonly { readonly modelId: bigint; readonly shareBps: number }[];
  /** What it answers with, in words. */
  readonly answers: string;
  readonly data: readonly CardData[];
  /** Hashes of the pretrained models that it stands on. */
  readonly bases: readonly string[];
  /** Canonical JSON of what decides the training besides the data; empty for a version without data. */
  readonly recipe: string;
  /** Canonical JSON of how its answers are attributed; empty for a version without data. */
  readonly scheme: string;
  readonly certificate: { readonly bps: number; readonly coalitions: number; readonly accuracy: number } | undefined;
  readonly limits: readonly string[];
}

/** What came from a Datanet. */
export interface CardData extends Pick<Datanet, "datanetId" | "name" | "tags" | "licence" | "licenceExpiry"> {
  readonly contributors: number;
  readonly contributions: number;
  readonly examples: number;
  /** Examples that its data are judged by. */
  readonly judging: number;
}

/** @throws NotFoundError for no such version; as `getManifest` */
export async function modelCard(
  context: Pick<Context, "view" | "events" | "content">,
  versionId: bigint,
): Promise<ModelCard> {
  const versions = await context.view.versions();
  const version = versions.find((one) => one.versionId === versionId);
  if (version === undefined) {
    throw new NotFoundError("there is no such version", {
      value: versionId,
      limit: `${versions.length} versions`,
      remedy: "GET /v1/models lists them.",
    });
  }
  const model = (await context.view.models()).find(({ modelId }) => modelId === version.modelId);
  if (model === undefined) throw new NotFoundError("there is no such model", { value: version.modelId });
  const { provider, price, parents } = model;
  const { modelId, recipeHash, schemeId, size, uri } = version;
  const chain = { versionId, modelId, recipeHash, schemeId, size, uri, provider, price, parents };
  if (version.snapshotIds.length === 0) {
    const limits = ["It was made without data of any Datanet, and answers nothing by itself."];
    return { ...chain, answers: "nothing: others stand on it", data: [], bases: [], recipe: "", scheme: "", certificate: undefined, limits }; // prettier-ignore
  }
  const manifest = await getManifest(context.content, uri);
  const certificate =
    manifest.certificate === undefined ? undefined : parseCertificate(await context.content.get(manifest.certificate));
  return {
    ...chain,
    answers: answersOf(manifest),
    data: await dataOf(context, version),
    bases: basesOf(manifest),
    recipe: canonicalJson(manifest.plan),
    scheme: canonicalJson(manifest.scheme),
    certificate: certificate && {
      bps: certificate.certificateBps,
      coalitions: certificate.study.coalitions,
      accuracy: certificate.study.accuracy,
    },
    limits: limitsOf(manifest, certificate),
  };
}

async function dataOf({ view, events }: Pick<Context, "view" | "events">, version: Version): Promise<CardData[]> {
  const all = await versionContributions({ view }, version);
  const known = await datanetsIn(events);
  return (await versionDatanets({ view }, version)).flatMap((datanetId) => {
    const datanet = known.find((one) => one.datanetId === datanetId);
    if (datanet === undefined) return [];
    const { name, tags, licence, licenceExpiry } = datanet;
    const own = all.filter((contribution) => contribution.datanetId === datanetId);
    const train = own.filter(({ kind }) => kind === "train");
    return {
      ...{ datanetId, name, tags, licence, licenceExpiry },
      contributors: new Set(train.map(({ contributor }) => contributor)).size,
      contributions: train.length,
      examples: examplesIn(train),
      judging: examplesIn(own.filter(({ kind }) => kind === "quality")),
    };
  });
}

function examplesIn(contributions: readonly Contribution[]): number {
  return contributions.reduce((sum, { examples }) => sum + examples, 0);
}

function answersOf(manifest: VersionManifest): string {
  if (answersWithLabels(manifest)) return `one of ${manifest.plan.labels.length} labels`;
  if (answersWithPassages(manifest)) return `up to ${manifest.plan.recipe.quoted} passages, as they were written`;
  if (writesAnswers(manifest)) return `text of up to ${manifest.plan.recipe.most} tokens`;
  return `text of up to ${manifest.plan.recipe.most} tokens, written from up to ${manifest.plan.recipe.search.quoted} passages that it cites`;
}

function basesOf(manifest: VersionManifest): string[] {
  if (answersWithLabels(manifest)) {
    return standsOnBase(manifest.plan.encoding) ? [manifest.plan.encoding.base] : [];
  }
  if (writesAnswers(manifest)) return [manifest.plan.recipe.base];
  const { recipe } = manifest.plan;
  const [generator, search] = "search" in recipe ? [[recipe.base], recipe.search] : [[], recipe];
  return [...generator, ...search.encoders.flatMap((encoder) => (encoder.kind === "bert/1" ? [encoder.base] : []))];
}

function limitsOf(manifest: VersionManifest, certificate: QualityCertificate | undefined): string[] {
  const measured =
    certificate === undefined
      ? "Its scores were not measured against retraining: it has no certificate."
      : `Its scores were measured with ${certificate.study.coalitions} retrained coalitions, on data of one time.`;
  return [...ownLimits(manifest), measured, "What nobody judged is not protected: the quality sets say what was."];
}

function readsOf({ encoding, recipe: { input } }: Plan): string {
  if (input.kind === "image") return `It reads images of ${input.width} × ${input.height} × ${input.channels} alone.`;
  if (typeof encoding === "string" || encoding.kind === "base-vector/1") return "It reads texts alone.";
  return `It reads rows of ${encoding.columns.length} columns alone, and numbers and categories as its training data has them.`;
}

function ownLimits(manifest: VersionManifest): string[] {
  if (answersWithLabels(manifest)) {
    return [readsOf(manifest.plan), "It gives one of its labels to everything, also to what belongs to none of them."];
  }
  if (answersWithPassages(manifest)) {
    return ["It quotes: a passage is true as far as its contributor is right, and a question that no passage answers gets the nearest one."]; // prettier-ignore
  }
  const { length } = manifest.plan.recipe;
  const context = `It reads and writes ${length} tokens together; what does not fit is refused.`;
  return writesAnswers(manifest)
    ? [context, "It writes what is likely and knows little: its statements need to be checked."]
    : [context, "It writes below passages and can still say what they do not: the passage that it cites is beside it."];
}
