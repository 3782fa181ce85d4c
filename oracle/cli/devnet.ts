import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "../chain/artifacts.ts";
import { connectContracts } from "../chain/contracts.ts";
import { readDeployment } from "../chain/deployment.ts";
import { startOpNode } from "../chain/opNode.ts";
import { developmentWallet } from "../chain/wallet.ts";
import { requireFreePort } from "../common/ports.ts";
import { createShutdown, terminationRequested } from "../common/shutdown.ts";
import { createOutput } from "./output.ts";
import { parsePort } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { deployByTask } from "../economy/chain/deploy.ts";

/** That of `deploy/parameters/localhost.json5`. */
const CHAIN_ID = 31_337;
const DEFAULT_PORT = 8_545;
/** Wei with which the paymaster can lay out gas. */
const PAYMASTER_MONEY = 10n ** 19n;

/** `openledger devnet`: an OP chain on this machine, as public ones charge, with the protocol on it. */
export const devnetCommand: AddCommand = (program) => {
  program
    .command("devnet")
    .description("run an OP chain (anvil) on loopback that charges as public ones do, with the protocol deployed to it")
    .option("--port <port>", "loopback port", parsePort, DEFAULT_PORT)
    .action(async ({ port }: { readonly port: number }) => {
      await requireFreePort(port, "the chain", "--port");
      const output = createOutput(program.opts<{ json: boolean }>().json);
      const directory = mkdtempSync(join(tmpdir(), "openledger-devnet-"));
      const deployment = `local-devnet-${port}`;
      const shutdown = createShutdown();
      const termination = terminationRequested();
      shutdown.onClose("files", () => {
        for (const path of [directory, join(REPOSITORY, "deploy", "deployments", deployment)])
          rmSync(path, { recursive: true, force: true });
      });
      try {
        const node = await startOpNode(port, CHAIN_ID, join(directory, "chain.log"));
        shutdown.onClose("chain", async () => {
          node.provider.destroy();
          await node.child.stop();
        });
        output.say(`OP chain ${CHAIN_ID} at ${node.url}; deploying`);
        await deployByTask(node.url, deployment, join(directory, "deploy.log"), shutdown.signal);
        const treasurer = developmentWallet(0).connect(node.provider);
        const { OpenPaymaster } = connectContracts(readDeployment(deployment, CHAIN_ID), treasurer);
        await (await OpenPaymaster.deposit({ value: PAYMASTER_MONEY })).wait();
        output.result({ url: node.url, chainId: CHAIN_ID, deployment }, ({ url }) =>
          [
            `The protocol is on OP chain ${CHAIN_ID} at ${url}, until this command ends. To use it:`,
            `  export OPENLEDGER_RPC_URL=${url} OPENLEDGER_CHAIN_ID=${CHAIN_ID} OPENLEDGER_DEPLOYMENT=${deployment}`,
            "  npx openledger faucet --dev-account 1",
          ].join("\n"),
        );
        await termination;
      } finally {
        await shutdown.close();
      }
    });
};
