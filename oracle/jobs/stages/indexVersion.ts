import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { indexAttestationType } from "@openledger/protocol/eip712/indexAttestation.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { buildIndexTree } from "@openledger/protocol/trees/indexTree.ts";
import {
  certificateHash,
  parseCertificate,
  type QualityCertificate,
  requireCertificateOf,
} from "../../attribution/evaluate/certificate.ts";
import { ContentError, DisagreementError } from "../../common/errors.ts";
import type { Weights } from "../../model/weights.ts";
import type { Context } from "../context.ts";
import { putIndex } from "../indexFiles.ts";
import { loadVersion } from "../loadVersion.ts";
import { loadWeights } from "../loadWeights.ts";
import { putProjections } from "../projectionFiles.ts";
import { resultOf } from "../results.ts";
import type { Stage } from "../stage.ts";
import { answersWithPassages, type VersionManifest } from "../versionFiles.ts";

/** Basis points of a version without a certificate: its pools are split by influence only where the chain's floor is 0 as well. */
const NOT_CERTIFIED = 0;

/**
 * Stage `index`, subject a versionId: the attribution index of the version, and its root. The certificate that the version names is read,
 * has to belong to it, and is attested: its basis points in the open, its hash within the index's manifest.
 *
 * @throws ContentError for a certificate of another version, DisagreementError for weights that this operator's training did not
 *   give: such versions are not attested at all
 */
export function indexStage(context: Context): Stage {
  return {
    name: "index",
    long: true,
    run: async (subject) => {
      const trained = await resultOf(context, "train", subject);
      const { version, manifest, task, contributionIds } = await loadVersion(context, subject);
      requireSame(trained.weightsHash, version.weightsHash, subject);
      const models = await loadWeights(context, version, manifest);
      const certificate = await certificateOf(context, manifest, models);
      const { k, features, scales, G, projections } = await task.buildIndex(models);
      const registered = new Map((await context.view.contributions()).map((c) => [c.contributionId, c.examples]));
      const qualities = scoresOf(G, features, [...scales]);
      const rows = contributionIds.map((contributionId, i) => ({
        contributionId,
        examples: registered.get(contributionId)!,
        scale: scales[i]!,
        quality: qualities[i]!,
      }));
      const { cid, bundleHash } = await putIndex(context.content, {
        versionId: version.versionId,
        k,
        features,
        quality: G,
        certificateHash: certificate && certificateHash(certificate),
        rows,
      });
      const attestation = {
        versionId: version.versionId,
        indexRoot: buildIndexTree(rows, features, k).root,
        size: rows.length,
        k,
        qualityHash: hashInt16(G),
        certificateBps: certificate?.certificateBps ?? NOT_CERTIFIED,
        bundleHash,
      };
      const registry = asAddress(context.deployment.addresses.IndexRegistry);
      const domain = signingDomain(BigInt(context.deployment.chainId), registry);
      return {
        ...attestation,
        digest: digestOf(domain, indexAttestationType, attestation),
        index: cid,
        projections: await putProjections(context.content, projections),
      };
    },
  };
}

function requireSame(own: string, published: string, subject: string): void {
  if (own === published) return;
  throw new DisagreementError("training gave other weights than the published ones", {
    value: `${own} for version ${subject}`,
    limit: published,
    remedy: "Run npx openledger check: if the numerics self-test passes, the publisher's weights are wrong.",
  });
}

/** The certificate that a version names; undefined for none. @throws ContentError for one of another version */
async function certificateOf(
  { content }: Context,
  manifest: VersionManifest,
  models: readonly Weights[],
): Promise<QualityCertificate | undefined> {
  if (manifest.certificate === undefined) return undefined;
  if (answersWithPassages(manifest)) {
    throw new ContentError("a version that answers with passages has no certificate", {
      value: manifest.certificate,
      remedy: "Publish it without one.",
    });
  }
  const certificate = parseCertificate(await content.get(manifest.certificate));
  requireCertificateOf(certificate, { recipe: manifest.plan.recipe, scheme: manifest.scheme, models });
  return certificate;
}
