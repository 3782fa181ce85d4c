import { asHash } from "@openledger/protocol/hex.ts";
import { DisagreementError } from "../../common/errors.ts";
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
  const { contracts, metrics, key, events } = context;
  return {
    name: "attest",
    run: async (subject) => {
      const own = await resultOf(context, "index", subject);
      const onChain = await attestedIndex(events, BigInt(subject));
      if (onChain !== undefined) {
        if (onChain.indexRoot === own.indexRoot && onChain.bundleHash === own.bundleHash) return;
        metrics.disagreements.inc({ subject: "index" });
        throw new DisagreementError("the attested index is not the one computed here", {
          value: `${onChain.indexRoot} for version ${subject}`,
          limit: own.indexRoot,
          remedy:
            "One of the two is wrong: run npx openledger check, then dispute the index within its challenge window.",
        });
      }
      if (key === undefined) return;
      await signDigest(context, own.digest);
      const proof = await gatherQuorum(context, own.digest);
      await awaitTurn(context, own.digest);
      const attestation = {
        versionId: BigInt(subject),
        indexRoot: asHash(own.indexRoot),
        size: own.size,
        k: own.k,
        qualityHash: own.qualityHash,
        certificateBps: own.certificateBps,
        bundleHash: own.bundleHash,
      };
      await key.sender.send({
        key: `attest:${own.digest}`,
        kind: "attest index",
        to: context.deployment.addresses.IndexRegistry,
        data: contracts.IndexRegistry.interface.encodeFunctionData("attest", [attestation, proof]),
      });
    },
  };
}
