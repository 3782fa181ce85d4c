import {
  certificateHash,
  parseCertificate,
  type QualityCertificate,
  requireCertificateOf,
} from "../../attribution/evaluate/certificate.ts";
import { ContentError, DisagreementError } from "../../common/errors.ts";
import type { Weights } from "../../model/weights.ts";
import { indexTreesOf } from "../../settlement/indexTrees.ts";
import type { Context } from "../context.ts";
import { indexFrom } from "../indexFrom.ts";
import { putIndex } from "../indexFiles.ts";
import { loadVersion } from "../loadVersion.ts";
import { loadWeights } from "../loadWeights.ts";
import { putProjections } from "../projectionFiles.ts";
import { resultOf } from "../results.ts";
import type { Stage } from "../stage.ts";
import { answersWithLabels, answersWithPassages, type VersionManifest } from "../versionFiles.ts";

/** Basis points of a version without a certificate: its pools are split by influence only where the chain's floor is 0 as well. */
const NOT_CERTIFIED = 0;

/**
 * Stage `index`, subject a versionId: the attribution index of the version, and what it commits to. The certificate that the version names is read,
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
      const { version, manifest, task } = await loadVersion(context, subject);
      requireSame(trained.weightsHash, version.weightsHash, subject);
      const models = await loadWeights(context, version, manifest);
      const certificate = await certificateOf(context, manifest, models);
      const built = await task.buildIndex(models);
      const registered = new Map((await context.view.contributions()).map((c) => [c.contributionId, c.examples]));
      const files = {
        ...indexFrom(built, task.datanets, task.harmful(), (contributionId) => registered.get(contributionId)!),
        versionId: version.versionId,
        certificateHash: certificate && certificateHash(certificate),
      };
      const certificateBps = certificate?.certificateBps ?? NOT_CERTIFIED;
      const { cid, bundleHash } = await putIndex(context.content, files);
      const { hash, parts } = indexTreesOf(files);
      return {
        partsHash: hash,
        parts,
        size: files.rows.length,
        k: files.k,
        certificateBps,
        bundleHash,
        index: cid,
        projections: await putProjections(context.content, built.projections),
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
  if (!answersWithLabels(manifest) && !answersWithPassages(manifest)) {
    throw new ContentError("only a version that answers with labels or with passages has a certificate", {
      value: manifest.certificate,
      remedy: "Publish it without one.",
    });
  }
  const certificate = parseCertificate(await content.get(manifest.certificate));
  requireCertificateOf(certificate, { recipe: manifest.plan.recipe, scheme: manifest.scheme, models });
  return certificate;
}
