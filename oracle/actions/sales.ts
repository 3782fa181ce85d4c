import { formatOpen } from "@openledger/protocol/units.ts";
import { id, type Signer, toBeHex, ZeroHash } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { AccessError, InputError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import { type Asset, nameOf, ownerOf, REGISTRIES } from "./assets.ts";
import type { Call } from "./call.ts";
import { ITEM, type Listing, RESTRICTED, titleOf } from "./listings.ts";

/** What a seller wants. */
export interface Wish {
  readonly asset: Asset;
  readonly seller: string;
  /** OPEN wei that the buyer pays; a creator's royalty is taken from it. */
  readonly price: bigint;
  /** Unix seconds. */
  readonly startsAt: bigint;
  readonly endsAt: bigint;
  /** Distinguishes listings of the same asset. */
  readonly salt: bigint;
  /** What is in a model's till goes with it, instead of being swept to the seller first. */
  readonly withTill: boolean;
}

/** An order of Seaport that offers one asset for OPEN, under the rules of SaleZone. */
export async function orderOf(contracts: Contracts, { addresses }: Deployment, wish: Wish): Promise<Listing["order"]> {
  const { asset, seller, price, startsAt, endsAt, salt } = wish;
  const item = { itemType: ITEM.erc20, token: addresses.OpenToken, identifierOrCriteria: 0n };
  const pay = (amount: bigint, recipient: string) => ({ ...item, startAmount: amount, endAmount: amount, recipient });
  const [creator, royalty] = asset.kind === "model" ? await royaltyOf(contracts, asset.tokenId, price) : [seller, 0n];
  const owed = creator === seller ? 0n : royalty;
  const consideration = [pay(price - owed, seller), ...(owed === 0n ? [] : [pay(owed, creator)])];
  return {
    offerer: seller,
    zone: addresses.SaleZone,
    offer: [
      {
        itemType: ITEM.erc721,
        token: addresses[REGISTRIES[asset.kind]],
        identifierOrCriteria: asset.tokenId,
        startAmount: 1n,
        endAmount: 1n,
      },
    ],
    consideration,
    orderType: RESTRICTED,
    startTime: startsAt,
    endTime: endsAt,
    zoneHash: toBeHex(await listedOf(contracts, wish), 32),
    salt,
    conduitKey: ZeroHash,
    totalOriginalConsiderationItems: BigInt(consideration.length),
  };
}

/** By ERC-2981. */
async function royaltyOf({ ModelRegistry }: Contracts, modelId: bigint, price: bigint): Promise<[string, bigint]> {
  return (await ModelRegistry.getFunction("royaltyInfo")(modelId, price)) as [string, bigint];
}

/** What the zone compares: a contribution's bond, a model's version and whether its till is swept, the hash of an agent's URI. */
async function listedOf(contracts: Contracts, { asset, withTill }: Wish): Promise<bigint> {
  if (asset.kind === "datanet") return 0n;
  if (asset.kind === "contribution") return (await contracts.ContributionRegistry.contributionOf(asset.tokenId)).bond;
  if (asset.kind === "agent") return BigInt(id(await contracts.AgentIdentityRegistry.tokenURI(asset.tokenId)));
  const { IndexRegistry, EpochClock, SaleZone } = contracts;
  const version = await IndexRegistry.activeVersionOf(asset.tokenId, await EpochClock.current());
  return withTill ? version : version | (await SaleZone.SWEEPS());
}

/**
 * Lists an asset: lets the exchange take it, and announces the order on the chain, where everybody finds it.
 *
 * @throws AccessError for somebody else's; InputError for what the zone would refuse to sell
 */
export async function list(contracts: Contracts, deployment: Deployment, wish: Wish): Promise<Call[]> {
  const { approval, order } = await prepare(contracts, deployment, wish);
  return [
    approval,
    { kind: "list", contract: "Seaport", method: "validate", args: [[{ parameters: order, signature: "0x" }]] },
  ];
}

/** What a listing takes, announced or signed. @throws as {@link list} */
export async function prepare(
  contracts: Contracts,
  deployment: Deployment,
  wish: Wish,
): Promise<{ readonly approval: Call; readonly order: Listing["order"] }> {
  const { asset, seller, price } = wish;
  const owner = await ownerOf(contracts, asset);
  if (owner !== seller) {
    throw new AccessError(`${nameOf(asset)} is not yours`, { value: seller, limit: owner });
  }
  if (price === 0n) throw new InputError("it would be given away", { value: "0 OPEN", limit: "a price above 0" });
  if (asset.kind === "contribution") {
    const { status } = await contracts.ContributionRegistry.contributionOf(asset.tokenId);
    if (status !== ACCEPTED) {
      throw new InputError("only an accepted contribution can be sold", {
        value: STATUS[Number(status)],
        limit: STATUS[Number(ACCEPTED)]!,
        remedy: "Wait for its review; what is rejected or revoked earns nothing for a buyer.",
      });
    }
  }
  if (asset.kind === "model" && !wish.withTill) await requireSweepable(contracts, asset.tokenId);
  const order = await orderOf(contracts, deployment, wish);
  const contract = REGISTRIES[asset.kind];
  const { addresses } = deployment;
  const args = [addresses.Seaport, asset.tokenId];
  return { approval: { kind: `approve ${asset.kind}`, contract, method: "approve", args }, order };
}

const ITEM_TYPE = [
  { name: "itemType", type: "uint8" },
  { name: "token", type: "address" },
  { name: "identifierOrCriteria", type: "uint256" },
  { name: "startAmount", type: "uint256" },
  { name: "endAmount", type: "uint256" },
];
/** As Seaport 1.6 has them. */
const ORDER_TYPES = {
  OrderComponents: [
    { name: "offerer", type: "address" },
    { name: "zone", type: "address" },
    { name: "offer", type: "OfferItem[]" },
    { name: "consideration", type: "ConsiderationItem[]" },
    { name: "orderType", type: "uint8" },
    { name: "startTime", type: "uint256" },
    { name: "endTime", type: "uint256" },
    { name: "zoneHash", type: "bytes32" },
    { name: "salt", type: "uint256" },
    { name: "conduitKey", type: "bytes32" },
    { name: "counter", type: "uint256" },
  ],
  OfferItem: ITEM_TYPE,
  ConsiderationItem: [...ITEM_TYPE, { name: "recipient", type: "address" }],
};

/** The seller's signature of an order, by which anybody can fill it. It costs nothing, and only a cancelation takes it back. */
export async function signOrder(
  { Seaport }: Contracts,
  { chainId, addresses }: Deployment,
  signer: Signer,
  order: Listing["order"],
): Promise<string> {
  const counter = await Seaport.getCounter(await signer.getAddress());
  const domain = { name: "Seaport", version: "1.6", chainId, verifyingContract: addresses.Seaport };
  return signer.signTypedData(domain, ORDER_TYPES, { ...order, counter });
}

/** Positions of IContributionRegistry.Status. */
const STATUS = ["submitted", "accepted", "rejected", "revoked"] as const;
const ACCEPTED = 1n;

async function requireSweepable({ InferenceMarket }: Contracts, modelId: bigint): Promise<void> {
  try {
    await InferenceMarket.partsOf(modelId, 1n);
  } catch (error) {
    throw new InputError("the model's till cannot be swept yet, so a sale that sweeps it could not be filled", {
      value: `model ${modelId}`,
      limit: "a model with an active version, or one that is 90 days old",
      remedy: "Give --with-till: what is in the till then goes to the buyer.",
      cause: error,
    });
  }
}

/** Buys what is listed; the price has to be allowed first. @throws InputError for what cannot be bought now */
export function buy(listing: Listing, buyer: string): Call {
  const { asset, state, reason, seller, order } = listing;
  if (state !== "open") {
    throw new InputError(`${nameOf(asset)} cannot be bought: ${reason}`, {
      value: `${titleOf(listing)}, ${state}, ${formatOpen(listing.price)} OPEN, until ${isoTime(listing.endsAt)}`,
      limit: "a listing that is open",
      remedy: "npx openledger market list",
    });
  }
  if (seller === buyer) throw new InputError("it is your own", { value: buyer, remedy: "Let it be, or cancel it." });
  const args = [{ parameters: order, signature: listing.signature }, ZeroHash];
  return { kind: "buy", contract: "Seaport", method: "fulfillOrder", args };
}

/** Takes a listing back. @throws AccessError for somebody else's; InputError for one that is over */
export async function cancel({ Seaport }: Contracts, listing: Listing, account: string): Promise<Call> {
  if (listing.seller !== account) {
    throw new AccessError("the listing is not yours", { value: account, limit: listing.seller });
  }
  if (listing.state === "sold" || listing.state === "canceled") {
    throw new InputError("there is nothing to take back", { value: `${titleOf(listing)}, ${listing.state}` });
  }
  const order = { ...listing.order, counter: await Seaport.getCounter(account) };
  return { kind: "cancel listing", contract: "Seaport", method: "cancel", args: [[order]] };
}
