import { OPEN } from "@openledger/protocol/units.ts";
import { setEthBalance } from "../../chain/localNode.ts";
import type { Party } from "../cast/party.ts";
import { act, type Scene } from "../cast/scene.ts";

/** ETH of whoever has none, in wei. */
const GAS_MONEY = 10n * 10n ** 18n;

/** OPEN that each part of the cast starts with, in wei. */
const PURSES = {
  operator: 100_000n,
  provider: 10_000n,
  owner: 10_000n,
  validator: 10_000n,
  consumer: 10_000n,
  agent: 10_000n,
};
const CONTRIBUTOR_PURSE = 1_000n;

/** Gives everybody ETH for gas and OPEN to stake, bond and pay with, and the paymaster ETH for those who pay gas in OPEN. */
export async function fund(scene: Scene, contributors: readonly Party[]): Promise<void> {
  const { cast, contracts, provider } = scene;
  const purses: [Party, bigint][] = [
    ...cast.operators.map((party): [Party, bigint] => [party, PURSES.operator]),
    [cast.provider, PURSES.provider],
    [cast.modelOwner, PURSES.owner],
    [cast.datanetOwner, PURSES.owner],
    ...cast.validators.map((party): [Party, bigint] => [party, PURSES.validator]),
    ...cast.consumers.map((party): [Party, bigint] => [party, PURSES.consumer]),
    [cast.agent, PURSES.agent],
    ...contributors.map((party): [Party, bigint] => [party, CONTRIBUTOR_PURSE]),
  ];
  await Promise.all(
    purses.map(async ([{ address }]) => {
      if ((await provider.getBalance(address)) === 0n) await setEthBalance(provider, address, GAS_MONEY);
    }),
  );
  await Promise.all(
    purses.map(([party, open]) =>
      act(cast.treasurer, {
        key: `fund:${party.address}`,
        kind: "transfer OPEN",
        contract: contracts.OpenToken,
        data: contracts.OpenToken.interface.encodeFunctionData("transfer", [party.address, open * OPEN]),
        gasLimit: 120_000n,
      }),
    ),
  );
  await act(cast.treasurer, {
    key: "fund:paymaster",
    kind: "deposit ETH for gas",
    contract: contracts.OpenPaymaster,
    data: contracts.OpenPaymaster.interface.encodeFunctionData("deposit"),
    value: GAS_MONEY,
  });
}
