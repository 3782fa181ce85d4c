import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { deployProxy } from "../deployProxy.ts";
import { Role, STAKE_PARAMETERS } from "../rewards/deployRewards.ts";
import { OWN_KEY } from "../staking/possession.ts";
import { DAY, OPEN, deployRegistries } from "./deployRegistries.ts";

export const COMMIT_PERIOD = 3_600n;
export const REVEAL_PERIOD = 7_200n;
export const TIMEOUT = 10n * DAY;
export const SLASH_BPS = 500n;
export const STAKE = 1_000n * OPEN;

export const POLICY = {
  commitPeriod: COMMIT_PERIOD,
  revealPeriod: REVEAL_PERIOD,
  reviewTimeout: TIMEOUT,
  noRevealSlashBps: SLASH_BPS,
  minValidatorStake: STAKE,
};

/** Registries with reviews and `validators` staked validators that Datanet 1 lists. */
export async function deployReview(ethers: HardhatEthers, validators: number) {
  const registries = await deployRegistries(ethers);
  const { datanets, contributions, timelock, curator, token, clock } = registries;
  const treasury = ethers.Wallet.createRandom().address;
  const stakes = await ethers.deployContract("StakeManager", [token, clock, timelock, treasury, STAKE_PARAMETERS]);
  const review = await ethers.getContractAt(
    "ContributionReview",
    await deployProxy(ethers, "ContributionReview", [contributions, datanets, stakes], [timelock.address, POLICY]),
  );
  await contributions.setReview(review);
  // No oracle is here, so nobody is told of snapshots.
  await stakes.seal(timelock, [{ role: Role.Validator, account: review }]);

  const panel: HardhatEthersSigner[] = [];
  for (let i = 0; i < validators; i++) {
    const wallet = new ethers.Wallet(ethers.id(`validator ${i}`));
    await ethers.provider.send("hardhat_impersonateAccount", [wallet.address]);
    await ethers.provider.send("hardhat_setBalance", [wallet.address, "0x56bc75e2d63100000"]);
    const validator = await ethers.getSigner(wallet.address);
    await stakes.connect(validator).register(Role.Validator, validator, 0, ...OWN_KEY);
    await token.transfer(validator, STAKE);
    await token.connect(validator).approve(stakes, STAKE);
    await stakes.connect(validator).stake(Role.Validator, validator, STAKE, 0, 0);
    await datanets.connect(curator).setValidator(1, validator, true);
    panel.push(validator);
  }
  return { ...registries, treasury, stakes, review, panel };
}
