import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { OPEN } from "@openledger/protocol/units.ts";
import type { RoleName } from "../../actions/staking.ts";
import { blockTime } from "../../chain/blockTime.ts";
import { travelTo } from "../../chain/localNode.ts";
import { approve } from "../cast/approve.ts";
import type { Party } from "../cast/party.ts";
import { act, type Scene } from "../cast/scene.ts";

const STAKE = { oracle: 50_000n, validator: 5_000n, compute: 5_000n } as const;
const COMMISSION_BPS = 500;

/** The operators sign with the keys of their accounts, so no other key has to agree. */
const OWN_KEY = [0n, "0x"] as const;

/** Registers and stakes everybody who has to, waits for the stake to count, and records the oracle quorum. */
export async function stakeAll(scene: Scene): Promise<void> {
  const { cast, contracts, provider } = scene;
  const staking = contracts.StakeManager;
  await Promise.all([
    ...cast.operators.map((party) => join(scene, party, "oracle")),
    ...cast.validators.map((party) => join(scene, party, "validator")),
    join(scene, cast.provider, "compute"),
    join(scene, cast.agent, "compute"),
  ]);
  const { activationDelay } = await staking.parameters();
  if ((await staking.latestSnapshot()) === 0n)
    await travelTo(provider, (await blockTime(provider, "latest")) + activationDelay + 1n);
  await act(cast.operators[0]!, {
    key: "snapshot-quorum",
    kind: "snapshot quorum",
    contract: staking,
    data: staking.interface.encodeFunctionData("snapshotQuorum"),
  });
}

async function join(scene: Scene, party: Party, role: RoleName): Promise<void> {
  const { StakeManager } = scene.contracts;
  await approve(scene, party, scene.deployment.addresses.StakeManager);
  await act(party, {
    key: `register:${role}:${party.address}`,
    kind: "register operator",
    contract: StakeManager,
    data: StakeManager.interface.encodeFunctionData("register", [
      ROLE[role],
      party.address,
      COMMISSION_BPS,
      ...OWN_KEY,
    ]),
  });
  await act(party, {
    key: `stake:${role}:${party.address}`,
    kind: "stake",
    contract: StakeManager,
    data: StakeManager.interface.encodeFunctionData("stake", [
      ROLE[role],
      party.address,
      STAKE[role] * OPEN,
      0n,
      COMMISSION_BPS,
    ]),
  });
}
