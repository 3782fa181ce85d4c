import { join } from "node:path";
import { formatOpen } from "@openledger/protocol/units.ts";
import type { Call } from "../../actions/call.ts";
import { mintAgent, publishAgent, registerAgent, setAgentWallet, sharesOf } from "../../actions/agents.ts";
import { requireModel } from "../../actions/models.ts";
import { manifestHash, manifestSchema, putAgentManifest } from "../../agents/manifest.ts";
import { eventOf } from "../../chain/eventOf.ts";
import type { MinedTransaction } from "../../chain/send.ts";
import { loadWallet } from "../../chain/wallet.ts";
import { createContentFiles } from "../../jobs/contentFiles.ts";
import { readDocument } from "../documents.ts";
import { type ChainOptions, chainTime, configOf, requireKey, requireStateDirectory, type Session } from "../session.ts";

export interface CreateOptions extends ChainOptions {
  readonly walletKeystore: string;
  readonly walletPasswordFile: string;
  readonly price: bigint;
  readonly share: number;
}

/** `openledger agent create`. Four transactions; the manifest stays in the state directory, from which it has to be served. */
export async function createAgent(session: Session, file: string, options: CreateOptions): Promise<void> {
  const { contracts, config, provider } = session;
  const owner = requireKey(session, "creating an agent").address;
  const manifest = readDocument(file, manifestSchema, "an agent's manifest");
  for (const { modelId } of manifest.tools) await requireModel(contracts, BigInt(modelId));
  const { walletKeystore: keystore, walletPasswordFile: passwordFile } = options;
  const walletConfig = configOf({ ...options, keystore, passwordFile });
  const wallet = (await loadWallet(walletConfig))!;
  const parents = sharesOf(
    manifest.tools.map(({ modelId }) => BigInt(modelId)),
    options.share,
  );
  const content = createContentFiles(join(requireStateDirectory(session), "content"), []);
  const uri = await putAgentManifest(content, manifest);

  const minted = await send(session, mintAgent(parents, wallet.address, options.price, uri));
  const modelId = eventOf(minted, contracts.ModelRegistry, "ModelMinted").args["modelId"] as bigint;
  const published = await send(session, publishAgent(modelId, manifestHash(manifest), uri));
  const { versionId } = eventOf(published, contracts.ModelRegistry, "VersionPublished").args as { versionId: bigint };
  const registered = await send(session, registerAgent(modelId, uri));
  const { agentId } = eventOf(registered, contracts.AgentIdentityRegistry, "Registered").args as { agentId: bigint };
  const chainId = config.OPENLEDGER_CHAIN_ID;
  await send(
    session,
    await setAgentWallet(contracts, { agentId, owner, wallet, chainId, now: await chainTime(provider) }),
  );
  session.output.result({ agentId, modelId, versionId, wallet: wallet.address, uri, parents }, (made) =>
    [
      `Agent ${made.agentId} is model ${made.modelId}, version ${made.versionId}; an action costs ${formatOpen(options.price)} OPEN.`,
      `Next: npx openledger agent fund ${made.agentId} 10, and with the key of ${made.wallet}: npx openledger agent run ${made.agentId}`,
    ].join("\n"),
  );
}

async function send(session: Session, call: Call): Promise<MinedTransaction> {
  await session.rehearse(call);
  // there is a key: nothing is only planned
  return (await session.send(call))!;
}
