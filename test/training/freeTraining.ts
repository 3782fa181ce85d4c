import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { Addressable, AddressLike } from "ethers";
import type { ModelRegistry } from "../../typechain-types/index.ts";

/** Prices of 0: versions are paid for as soon as they are published. */
export const FREE = {
  base: 0n,
  perUnit: 0n,
  maxWork: 10n ** 30n,
  workPerSecond: 10n ** 30n,
  commitWindow: 3_600n,
  revealWindow: 3_600n,
};

/** The size of a small training. */
export const SIZE = { rows: 3n, parameters: 10n, epochs: 2n, members: 1n };

interface Collaborators {
  readonly token: Addressable;
  readonly stakes: AddressLike;
  readonly models: ModelRegistry;
  readonly timelock: Addressable;
}

/** Lets the versions of a registry be published at these prices. */
export async function connectTraining(
  ethers: HardhatEthers,
  { token, stakes, models, timelock }: Collaborators,
  prices = FREE,
) {
  const trainingFees = await ethers.deployContract("TrainingFees", [token, stakes, models, timelock, prices]);
  await models.setTrainingFees(trainingFees);
  return trainingFees;
}
