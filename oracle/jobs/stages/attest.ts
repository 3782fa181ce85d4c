import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { signedIndexType } from "@openledger/protocol/eip712/indexAttestation.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { DisagreementError } from "../../common/errors.ts";
import { latestQuorum } from "../../quorum/snapshot.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";
import { resultOf } from "../results.ts";
import { awaitTurn, gatherQuorum, signDigest } from "../signAndGather.ts";
import { attestedIndex } from "../indexEvents.ts";

/**
 * Stage `attest`, subject a versionId: signs the index, gathers the quorum's signatures and records the index on the chain,
 * unless another operator has. An index on the chain that differs from this operator's own is reported, never signed.
 */
export function attestStage(context: Context): Stage {
  const { contracts, deployment, metrics, key, events } = context;
  const domain = signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.IndexRegistry));
  return {
    name: "attest",
    run: async (subject) => {
      const own = await resultOf(context, "index", subject);
      const onChain = await attestedIndex(events, BigInt(subject));
      if (onChain !== undefined) {
        if (onChain.partsHash === own.partsHash && onChain.bundleHash === own.bundleHash) return;
        metrics.disagreements.inc({ subject: "index" });
        throw new DisagreementError("the attested index is not the one computed here", {
          value: `${onChain.partsHash} for version ${subject}`,
          limit: own.partsHash,
          remedy:
            "One of the two is wrong: run npx openledger check, then dispute the index within its challenge window.",
        });
      }
      if (key === undefined) return;
      const { partsHash, parts, size, k, certificateBps, bundleHash } = own;
      const attestation = { versionId: BigInt(subject), partsHash, size, k, certificateBps, bundleHash };
      // Only signatures under the latest snapshot count: after another one everybody signs anew.
      const { snapshotId } = await latestQuorum(contracts.StakeManager);
      const digest = digestOf(domain, signedIndexType, { ...attestation, snapshotId });
      await signDigest(context, digest);
      const proof = await gatherQuorum(context, digest);
      await awaitTurn(context, digest);
      await key.sender.send({
        key: `attest:${digest}`,
        kind: "attest index",
        to: deployment.addresses.IndexRegistry,
        data: contracts.IndexRegistry.interface.encodeFunctionData("attest", [attestation, [...parts], proof]),
      });
    },
  };
}
