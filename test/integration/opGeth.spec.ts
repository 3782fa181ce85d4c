import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { DEVNET_ATTRIBUTES } from "../../oracle/chain/opNode.ts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { itIsAnOpChain } from "./opChain.ts";
import { type OpGeth, opGethIsMissing, startOpGeth } from "./opGeth.ts";

const missing = opGethIsMissing();
if (missing !== undefined) process.stderr.write(`op-geth is not tested: ${missing}\n`);

describe.skipIf(missing !== undefined)("op-geth", () => {
  let directory: string;
  let chain: OpGeth;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "openledger-op-geth-"));
    chain = await startOpGeth(join(directory, "chain"), developmentWallet(0).address, DEVNET_ATTRIBUTES);
  });

  afterAll(async () => {
    await chain.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  itIsAnOpChain(() => chain);
});
