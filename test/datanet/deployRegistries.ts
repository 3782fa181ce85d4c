import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { AbiCoder, keccak256 } from "ethers";
import { accounts } from "../accounts.ts";
import { deployProxy } from "../deployProxy.ts";

export const DAY = 86_400n;
export const OPEN = 10n ** 18n;
export const Licence = { TRAIN: 1n, INFER: 2n, DERIVE: 4n, COMMERCIAL: 8n, ALL: 15n } as const;
export const Admission = { Open: 0n, Allowlist: 1n } as const;
export const Kind = { Train: 0n, Quality: 1n } as const;
export const Status = { Submitted: 0n, Accepted: 1n, Rejected: 2n, Revoked: 3n } as const;

export const BOND = 10n * OPEN;
export const FEE = 3n * OPEN;
export const COOL_OFF = 30n * DAY;

export const TERMS = {
  licence: Licence.ALL,
  licenceExpiry: 0n,
  admission: Admission.Open,
  votesNeeded: 2n,
  bond: BOND,
  reviewFee: FEE,
  /** Of the tests' own model, where there is one. */
  judgeModelId: 1n,
};
/** What {@link TERMS} ask, and no more. */
export const CAPS = { bond: BOND, reviewFee: FEE, judgeModelId: TERMS.judgeModelId };

/** Token, clock and registries; Datanet 1 belongs to `curator`, and everybody may contribute to it. */
export async function deployRegistries(ethers: HardhatEthers) {
  const named = await accounts(ethers, "timelock", "curator", "contributor", "relayer", "stranger", "buyer");
  const { timelock, curator, contributor, relayer } = named;
  const token = await ethers.deployContract("OpenToken", [timelock, ethers.ZeroAddress]);
  const clock = await ethers.deployContract("EpochClock", [timelock, DAY, 3_600n]);
  const datanets = await ethers.getContractAt(
    "DatanetRegistry",
    await deployProxy(ethers, "DatanetRegistry", [], [timelock.address]),
  );
  const contributions = await ethers.getContractAt(
    "ContributionRegistry",
    await deployProxy(ethers, "ContributionRegistry", [token, clock, datanets], [timelock.address, COOL_OFF]),
  );
  await datanets.connect(curator).create("Court opinions", "ipfs://datanet", ["law", "english"], TERMS);
  for (const account of [contributor, relayer, curator]) {
    await token.transfer(account, 1_000_000n * OPEN);
    await token.connect(account).approve(contributions, ethers.MaxUint256);
  }
  return { ...named, token, clock, datanets, contributions };
}

/** `size` contributions with distinct contents. */
export const partsOf = (size: number, kind: bigint = Kind.Train) =>
  Array.from({ length: size }, (_, i) => ({
    kind,
    contentRoot: `0x${(i + 1).toString(16).padStart(64, "0")}`,
    examples: BigInt(i + 10),
  }));

/** As a consent names the parts. */
export const hashOfParts = (parts: ReturnType<typeof partsOf>) =>
  keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["tuple(uint8,bytes32,uint32)[]"],
      [parts.map(({ kind, contentRoot, examples }) => [kind, contentRoot, examples])],
    ),
  );
