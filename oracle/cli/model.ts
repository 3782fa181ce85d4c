import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import type { Call } from "../actions/call.ts";
import * as models from "../actions/models.ts";
import { card } from "../api/schemas.ts";
import { addApiOption, askApi } from "./apiClient.ts";
import { renderCard } from "./modelCard.ts";
import { createOutput } from "./output.ts";
import { parseAddress, parseAmount, parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, type Session, withSession } from "./session.ts";

/** `openledger model`: what a model's owner can change. `openledger train` mints models. */
export const modelCommand: AddCommand = (program) => {
  const model = program
    .command("model")
    .description("change a model's price, provider or description, and show what a version is");

  addChainOptions(model.command("price"))
    .description("set what an answer costs")
    .argument("<id>", "the model's id", parseId)
    .argument("<OPEN>", "price of an answer", parseAmount)
    .action((modelId: bigint, price: bigint, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const call = await models.setPrice(session.contracts, ownModel(session, modelId), price);
        await sendAndShow(
          session,
          call,
          { modelId, price },
          `an answer of model ${modelId} costs ${formatOpen(price)} OPEN`,
        );
      }),
    );

  addChainOptions(model.command("provider"))
    .description("say who serves the model and is paid for it, from the next epoch on")
    .argument("<id>", "the model's id", parseId)
    .argument("<address>", "a staked compute provider", parseAddress)
    .action((modelId: bigint, provider: Address, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const call = await models.setProvider(session.contracts, ownModel(session, modelId), provider);
        await sendAndShow(
          session,
          call,
          { modelId, provider },
          `${provider} serves model ${modelId} from the next epoch on`,
        );
      }),
    );

  addChainOptions(model.command("uri"))
    .description("say where the model is described")
    .argument("<id>", "the model's id", parseId)
    .argument("<uri>", "such as ipfs://<cid>")
    .action((modelId: bigint, uri: string, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const call = await models.setModelUri(session.contracts, ownModel(session, modelId), uri);
        await sendAndShow(session, call, { modelId, uri }, `model ${modelId} is described at ${uri}`);
      }),
    );

  addApiOption(model.command("card"))
    .description("what a version was made of and how, what was measured, and what it cannot do")
    .argument("<version>", "the version's id", parseId)
    .action(async (versionId: bigint, { api }: { api: string }) => {
      const found = await askApi(api, `/v1/versions/${versionId}/card`, card);
      createOutput(program.opts<{ json: boolean }>().json).result(found, renderCard);
    });
};

function ownModel({ wallet }: Session, modelId: bigint): models.OwnModel {
  return { modelId, account: wallet?.address };
}

async function sendAndShow(session: Session, call: Call, outcome: object, text: string): Promise<void> {
  const mined = await session.send(call);
  session.finish({ ...outcome, transaction: mined?.hash }, () => text);
}
