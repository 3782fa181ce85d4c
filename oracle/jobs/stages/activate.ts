import { keccakText } from "@openledger/protocol/keccak.ts";
import { NotYetError } from "../../common/errors.ts";
import type { Context } from "../context.ts";
import { attestedIndex } from "../indexEvents.ts";
import type { Stage } from "../stage.ts";
import { awaitTurn } from "../signAndGather.ts";

/** Stage `activate`, subject a versionId: makes the version the model's active one once its index is final. */
export function activateStage(context: Context): Stage {
  const { contracts, deployment, events, key } = context;
  return {
    name: "activate",
    run: async (subject) => {
      const index = await attestedIndex(events, BigInt(subject));
      if (index === undefined) throw new NotYetError("the index is not attested yet", { value: subject });
      if (index.activated || key === undefined) return;
      const now = (await events.head())?.timestamp ?? 0;
      if (BigInt(now) < index.challengeEnds) {
        throw new NotYetError("the challenge window is open", { value: now, limit: `${index.challengeEnds}` });
      }
      await awaitTurn(context, keccakText(`activate ${subject}`));
      await key.sender.send({
        key: `activate:${subject}:${index.partsHash}`,
        kind: "activate version",
        to: deployment.addresses.IndexRegistry,
        data: contracts.IndexRegistry.interface.encodeFunctionData("activate", [BigInt(subject)]),
      });
    },
  };
}
