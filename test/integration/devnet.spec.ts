import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { OPEN } from "@openledger/protocol/units.ts";
import { id, Signature } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectContracts, type Contracts } from "../../oracle/chain/contracts.ts";
import { type Deployment, readDeployment } from "../../oracle/chain/deployment.ts";
import { anvilIsMissing } from "../../oracle/chain/opNode.ts";
import { connect, type JsonRpcProvider } from "../../oracle/chain/provider.ts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { AUTHORISATION_TYPES, tokenDomain } from "../../oracle/gateway/authorisation.ts";
import { expectFee, itIsAnOpChain } from "./opChain.ts";
import { openledger, type Run, withDirectory } from "./startUp.ts";

const CHAIN_ID = 31_337;
const [CREATOR, BUNDLER, CONTRIBUTOR] = [3, 4, 20];
const missing = anvilIsMissing();
if (missing !== undefined) process.stderr.write(`the devnet is not tested: ${missing}\n`);

describe.skipIf(missing !== undefined)("openledger devnet", () => {
  const [treasurer, creator] = [developmentWallet(0), developmentWallet(CREATOR)];
  let devnet: Run;
  let provider: JsonRpcProvider;
  let deployment: Deployment;
  let contracts: Contracts;
  /** The chain, for commands. */
  let chain: NodeJS.ProcessEnv;

  beforeAll(async () => {
    devnet = openledger(["--json", "devnet", "--port", `${await findFreePort()}`]);
    const started = JSON.parse(await devnet.until((text) => text.endsWith("}\n"))) as {
      url: string;
      deployment: string;
    };
    provider = await connect(started.url, CHAIN_ID);
    deployment = readDeployment(started.deployment, CHAIN_ID);
    contracts = connectContracts(deployment, provider);
    chain = { OPENLEDGER_RPC_URL: started.url, OPENLEDGER_DEPLOYMENT: started.deployment };
  });

  const balanceOf = (index: number) => provider.getBalance(developmentWallet(index).address);

  afterAll(async () => {
    provider?.destroy();
    devnet.child.kill("SIGTERM");
    expect((await devnet.finished).status).toBe(0);
  });

  it("has deployed and examined the protocol", async () => {
    expect(await contracts.OpenToken.balanceOf(treasurer.address)).toBe(10n ** 27n);
    expect(await provider.getCode(deployment.addresses.PaymentChannels)).not.toBe("0x");
  });

  itIsAnOpChain(() => ({
    provider,
    deposit: (raw) => provider.send("eth_sendRawTransaction", [raw]) as Promise<string>,
  }));

  it("charges as the formulas say for what the protocol does, from a transfer to a paid answer", async () => {
    const funder = connectContracts(deployment, treasurer.connect(provider));
    await expectFee(provider, funder.OpenToken.transfer(creator.address, 100n * OPEN));
    const made = connectContracts(deployment, creator.connect(provider));
    const terms = { parents: [], provider: creator.address, price: OPEN, base: false };
    await expectFee(
      provider,
      made.ModelRegistry.mint(terms, "a URI long enough that layer 1 is charged for more than 100 bytes of it"),
    );
    const till = await contracts.InferenceMarket.tillOf(1n);
    const payment = {
      from: creator.address,
      to: till,
      value: OPEN,
      validAfter: 0n,
      validBefore: 2n ** 40n,
      nonce: id("answer"),
    };
    const signature = await creator.signTypedData(await tokenDomain(contracts.OpenToken), AUTHORISATION_TYPES, payment);
    const { from, to, value, validAfter, validBefore, nonce } = payment;
    await expectFee(
      provider,
      funder.OpenToken["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
        from,
        to,
        value,
        validAfter,
        validBefore,
        nonce,
        Signature.from(signature).serialized,
      ),
    );
    expect(await contracts.OpenToken.balanceOf(till)).toBe(OPEN);
  });

  it("lets a contributor with OPEN and no ETH register documents, its gas paid in OPEN", async () => {
    await withDirectory(async (directory) => {
      const [port, contributor] = [await findFreePort(), developmentWallet(CONTRIBUTOR)];
      const key = ["--dev-account", `${CONTRIBUTOR}`];
      const bundler = openledger(["--json", "bundler", "--port", `${port}`, "--dev-account", `${BUNDLER}`], chain);
      try {
        const { url } = JSON.parse(await bundler.until((text) => text.endsWith("}\n"))) as { url: string };
        const { OpenToken, ContributionRegistry } = connectContracts(deployment, treasurer.connect(provider));
        await (await OpenToken.transfer(contributor.address, 1_000n * OPEN)).wait();
        const made = await openledger(["datanet", "create", "notes", "--dev-account", `${CREATOR}`], chain).finished;
        expect(made.errors).toBe("");
        const file = join(directory, "notes.md");
        writeFileSync(file, "# Notes\n\nWhat a clinic writes down about a patient who has a cough and no fever.\n");
        const words = ["--datanet", "1", "--documents", "--file", file, "--yes", "--state", directory];
        const [earned, held] = [await balanceOf(BUNDLER), await OpenToken.balanceOf(contributor.address)];
        const sent = await openledger(["contribute", ...words, ...key, "--gas-in-open", url], chain).finished;
        expect({ status: sent.status, errors: sent.errors }).toMatchObject({ status: 0 });
        expect(await ContributionRegistry.count()).toBe(1n);
        expect(await provider.getBalance(contributor.address)).toBe(0n);
        expect(await OpenToken.balanceOf(contributor.address)).toBeLessThan(held);
        expect(await balanceOf(BUNDLER)).toBeGreaterThanOrEqual(earned);
      } finally {
        bundler.child.kill("SIGTERM");
        expect((await bundler.finished).status).toBe(0);
      }
    });
  });
});
