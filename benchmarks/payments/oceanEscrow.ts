import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chain, chargeOf, setScalars } from "../../test/rewards/measureGas.ts";
import { deployToken } from "../gas/payees.ts";
import { type Artifact, deploy, send } from "../gas/peerContracts.ts";
import { peerFolder, type PeerPackage } from "../gas/peerPackages.ts";

const PACKAGE: PeerPackage = {
  name: "@oceanprotocol/contracts",
  version: "2.6.0",
  integrity: "sha512-4K3TTM0q4VlBs7GLXzQkGMae576iAGHMARqMFcKXUUtfGyiT8KP4sP9IBsq8UUhu11R4JU2KTqXenHS8EWxrbA==",
  paths: ["artifacts/contracts/escrow/Escrow.sol", "artifacts/contracts/pools/FactoryRouter.sol"],
};
const PRICE = 500_000_000_000_000_001n;
const JOB = 7n;
const LOCK_SECONDS = 3_600;

/** What Ocean's escrow costs: once for a deposit that a provider may lock of, and for each job. */
export interface EscrowCosts {
  readonly deposit: number;
  readonly job: number;
}

/**
 * Jobs paid from Ocean's escrow in the bytecode that was published: a lock when a job begins, a claim into the provider's balance when
 * it ends; measured at the second job. Undefined where the package cannot be fetched.
 */
export async function oceanEscrow(chain: Chain): Promise<EscrowCosts | undefined> {
  const folder = peerFolder(PACKAGE);
  if (folder === undefined) return undefined;
  await setScalars(chain);
  const artifact = (path: string) =>
    JSON.parse(readFileSync(join(folder, "artifacts/contracts", path), "utf8")) as Artifact;
  const { ethers } = chain;
  const [payer, provider] = await ethers.getSigners();
  const token = await deployToken(chain);
  const router = await deploy(chain, artifact("pools/FactoryRouter.sol/FactoryRouter.json"), [
    payer!.address,
    await token.getAddress(),
    provider!.address,
    payer!.address,
    [],
  ]);
  const escrow = await deploy(chain, artifact("escrow/Escrow.sol/Escrow.json"), [
    await router.getAddress(),
    payer!.address,
  ]);
  const gasOf = async (sent: Promise<{ hash: string }>) => (await chargeOf(ethers.provider, sent)).gas;
  await token.approve(escrow, ethers.MaxUint256);
  const at = await token.getAddress();
  const deposit =
    (await gasOf(send(escrow, "deposit", at, 1_000n * PRICE))) +
    (await gasOf(send(escrow, "authorize", at, provider!.address, 1_000n * PRICE, 86_400, 1_000)));
  const theirs = escrow.connect(provider!);
  const run = async (job: bigint) =>
    (await gasOf(send(theirs, "createLock", job, at, payer!.address, PRICE, LOCK_SECONDS))) +
    (await gasOf(send(theirs, "claimLock", job, at, payer!.address, PRICE, "0x")));
  await run(JOB);
  return { deposit, job: await run(JOB + 1n) };
}
