import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { Wallet } from "ethers";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { accounts } from "../accounts.ts";
import { addOperators, DAY, deployStaking, IDLE, OPEN, Role } from "../rewards/deployRewards.ts";
import type { Chain } from "../rewards/measureGas.ts";

export const STAKE = 10_000n * OPEN;
/** Is told of snapshots, and forgets. */
const DISTRIBUTOR = "0x00000000000000000000000000000000000d1571";

/** Accounts beyond those that the network has. */
export async function crowdOf({ ethers, networkHelpers }: Chain, count: number, label: string) {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const { address } = new Wallet(keccakText(`${label} ${i}`));
      await networkHelpers.setBalance(address, 10n ** 18n);
      await networkHelpers.impersonateAccount(address);
      return ethers.getSigner(address);
    }),
  );
}

/** A stake manager on a chain, alone and with operators. */
export function createStaking({ ethers, networkHelpers }: Chain) {
  async function deploy() {
    const staking = await deployStaking(ethers);
    const { owner, token, stakes } = staking;
    const { delegator, slasher, challenger, stranger } = await accounts(
      ethers,
      "owner",
      "treasury",
      "delegator",
      "slasher",
      "challenger",
      "stranger",
    );
    for (const account of [delegator, stranger]) {
      await token.connect(owner).transfer(account, 1_000_000n * OPEN);
      await token.connect(account).approve(stakes, ethers.MaxUint256);
    }
    await networkHelpers.setCode(DISTRIBUTOR, IDLE);
    await stakes.connect(owner).seal(
      DISTRIBUTOR,
      [Role.Oracle, Role.Validator].map((role) => ({ role, account: slasher })),
    );
    return { ...staking, delegator, slasher, challenger, stranger };
  }

  /** Five operators with equal stake, old enough to count. */
  async function deployOperators() {
    const deployed = await deploy();
    const operators = await addOperators(deployed, (await ethers.getSigners()).slice(10, 15), () => STAKE);
    await networkHelpers.time.increase(DAY);
    const operator = (index: number): HardhatEthersSigner => operators[index]!.account;
    return { ...deployed, operators, operator };
  }

  return { deploy, deployOperators };
}
