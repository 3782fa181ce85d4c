import { connectContracts } from "../../oracle/chain/contracts.ts";
import type { Deployment } from "../../oracle/chain/deployment.ts";
import { parseAsset } from "../../oracle/actions/assets.ts";
import { orderOf } from "../../oracle/actions/sales.ts";
import { connection, DAY, deployLiquidity, type Liquidity, OPEN, type Person, resolve } from "./deployLiquidity.ts";

const { ethers, networkHelpers } = connection;

export const BOND = 10n * OPEN;
export const PRICE = 100n * OPEN;
/** Contribution 4: accepted, with a bond, of `contributor`. */
export const SOLD = 4n;

/** The deployment of {@link deployLiquidity}, a bonded contribution, and buyers that let the exchange take their OPEN. */
export async function deploySale() {
  const loaded = await deployLiquidity();
  const { addresses, datanets, contributions, token, deployer, contributor, validator, alice, attacker } = loaded;
  const deployment: Deployment = { chainId: 31_337, firstBlock: 0, addresses };
  const terms = {
    ...{ licence: 15n, licenceExpiry: 0n, admission: 0n, votesNeeded: 1n },
    ...{ bond: BOND, reviewFee: 0n, judgeModelId: 0n },
  };
  await datanets.connect(deployer).create("Bonded", "", [], terms);
  await datanets.connect(deployer).setValidator(2n, validator, true);
  await token.connect(contributor).approve(contributions, BOND);
  const part = { contentRoot: ethers.id("sold"), examples: 10n, kind: 0n };
  await contributions.connect(contributor).submit(2n, [part], "", { bond: BOND, reviewFee: 0n, judgeModelId: 0n });
  await resolve(loaded, [[3n, 1n]]);
  for (const person of [alice, attacker]) await token.connect(person).approve(loaded.seaport, ethers.MaxUint256);
  return { ...loaded, deployment, contracts: connectContracts(deployment, ethers.provider) };
}

export type Sale = Awaited<ReturnType<typeof deploySale>>;
type Order = Awaited<ReturnType<typeof orderOf>>;

/** Lists an asset as `openledger market sell` does. */
export async function list(
  { contracts, deployment, seaport, contributions, models, datanets, agents }: Sale,
  seller: Person,
  what: string,
  changes: Partial<Order> = {},
  withTill = false,
): Promise<Order> {
  const asset = parseAsset(what);
  const registry = { contribution: contributions, model: models, datanet: datanets, agent: agents }[asset.kind];
  await registry.connect(seller).approve(seaport, asset.tokenId);
  const startsAt = BigInt(await networkHelpers.time.latest());
  const wish = { asset, seller: seller.address, price: PRICE, startsAt, endsAt: startsAt + 30n * DAY };
  const order = { ...(await orderOf(contracts, deployment, { ...wish, salt: 1n, withTill })), ...changes };
  await seaport.connect(seller).validate([{ parameters: order, signature: "0x" }]);
  return order;
}

/** Pays for an order. */
export function fill({ seaport }: Pick<Liquidity, "seaport">, buyer: Person, order: Order) {
  return seaport.connect(buyer).fulfillOrder({ parameters: order, signature: "0x" }, ethers.ZeroHash);
}
