import { createGasWorld } from "../../test/gas/deployGas.ts";
import { type Chain, type Charge, chargeOf, setScalars } from "../../test/rewards/measureGas.ts";

/** The first claim of an account without ETH or OPEN, whose key has said before what its code is. */
export async function claimInOpen(chain: Chain, size: number): Promise<Charge> {
  await setScalars(chain);
  const { deployFor, delegate, draft, sign, include } = createGasWorld(chain);
  const world = await deployFor(size - 1);
  await delegate(world, world.alice);
  const op = await sign(world, world.alice, draft(world.alice.address), { claim: world.claim });
  return chargeOf(chain.ethers.provider, include(world, op));
}
