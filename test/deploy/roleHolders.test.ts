import { expect } from "chai";
import { id, type InterfaceAbi } from "ethers";
import hre from "hardhat";
import { examineRoles } from "../../deploy/roleHolders.ts";
import type { RewardDistributor, StakeManager, TimelockController } from "../../typechain-types/index.ts";
import { connection } from "../governance/deployGovernance.ts";
import { deployProtocol } from "../deployProtocol.ts";

const { ethers, networkHelpers } = connection;
const EXIT_DELAY = 60n * 86_400n;
const VALIDATOR = 1n;

async function deployAll() {
  const { addresses, at } = await deployProtocol(connection);
  const timelock = at<TimelockController>("TimelockController");
  await networkHelpers.impersonateAccount(addresses.TimelockController);
  await networkHelpers.setBalance(addresses.TimelockController, 10n ** 18n);
  return {
    addresses,
    owner: await ethers.getSigner(addresses.TimelockController),
    timelock,
    stakes: at<StakeManager>("StakeManager"),
    distributor: at<RewardDistributor>("RewardDistributor"),
    stranger: (await ethers.getSigners())[9]!,
    /** What is wrong. */
    wrong: async () => {
      const found = await examineRoles(
        { chainId: 31_337, block: 0, contracts: addresses },
        async (contract) => (await hre.artifacts.readArtifact(contract)).abi as InterfaceAbi,
        ethers.provider,
      );
      expect(found).to.have.length(8);
      return found.filter(({ holds }) => !holds).map(({ what }) => what);
    },
  };
}

const load = () => networkHelpers.loadFixture(deployAll);

describe("the doctor of roles", () => {
  it("finds nobody but whom the deployment names", async () => {
    expect(await (await load()).wrong()).to.deep.equal([]);
  });

  it("names a role of the timelock that somebody else got, and is content once it is taken back", async () => {
    const { timelock, owner, stranger, wrong } = await load();
    for (const role of ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"]) {
      await timelock.connect(owner).grantRole(id(role), stranger);
      expect(await wrong()).to.deep.equal([`TimelockController holders of ${role}`]);
      await timelock.connect(owner).revokeRole(id(role), stranger);
      expect(await wrong()).to.deep.equal([]);
    }
  });

  it("names who else may slash or fill pools", async () => {
    const { stakes, distributor, owner, stranger, wrong } = await load();
    const slash = stakes.interface.encodeFunctionData("setSlasher", [VALIDATOR, stranger.address, true]);
    const fund = distributor.interface.encodeFunctionData("setFunder", [stranger.address, true]);
    await stakes.connect(owner).announce(slash);
    await distributor.connect(owner).announce(fund);
    await networkHelpers.time.increase(EXIT_DELAY);
    await stakes.connect(owner).setSlasher(VALIDATOR, stranger, true);
    expect(await wrong()).to.deep.equal(["StakeManager slashers of the role validator"]);
    await distributor.connect(owner).setFunder(stranger, true);
    expect(await wrong()).to.deep.equal(["StakeManager slashers of the role validator", "RewardDistributor funders"]);
  });

  it("names a role that a contract lost which needs it", async () => {
    const { timelock, owner, addresses, wrong } = await load();
    await timelock.connect(owner).revokeRole(id("PROPOSER_ROLE"), addresses.OpenLedgerGovernor);
    expect(await wrong()).to.deep.equal(["TimelockController holders of PROPOSER_ROLE"]);
  });
});
