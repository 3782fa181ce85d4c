import { formatOpen } from "@openledger/protocol/units.ts";
import { isAddress } from "ethers";
import { type Contracts, sharesAt } from "../chain/contracts.ts";
import { isoTime } from "../common/isoTime.ts";
import { AccessError, InputError, NotFoundError, NotYetError } from "../common/errors.ts";
import { type Asset, noSuch, REGISTRIES } from "./assets.ts";
import type { Call } from "./call.ts";

/** Shares of every NFT, in wei. */
export const SHARES = 1_000_000n * 10n ** 18n;

/** What can be split into shares. */
export type Collection = Exclude<Asset["kind"], "contribution">;

/** What a manager changes; of a Datanet or an agent only the URI. */
export type Change =
  | { readonly kind: "price"; readonly price: bigint }
  | { readonly kind: "provider"; readonly provider: string }
  | { readonly kind: "uri"; readonly uri: string };

type Registries = Pick<Contracts, "ModelRegistry" | "DatanetRegistry" | "AgentIdentityRegistry">;
type Shares = ReturnType<typeof sharesAt>;
type Liquidity = Pick<Contracts, "ModelShares" | "ShareIssuer"> & Registries;

/** How many of {@link SHARES} one is, as it is shown: without a unit of money. */
export const formatShares = formatOpen;

/**
 * The shares that somebody named: by address, or as `model:1`, `datanet:1` or `agent:1`.
 *
 * @throws InputError when it is neither; NotFoundError when there are no such shares
 */
export async function findShares(contracts: Liquidity, text: string): Promise<Shares> {
  const match = /^(model|datanet|agent):([1-9]\d{0,18})$/u.exec(text);
  if (match === null && !isAddress(text)) {
    throw new InputError("these are no shares", {
      value: text,
      limit: "an address, model:<id>, datanet:<id> or agent:<id>",
    });
  }
  const address =
    match === null
      ? text
      : await registryOf(contracts, match[1] as Collection)
          .ownerOf(match[2]!)
          .catch(() => undefined);
  if (address !== undefined && (await contracts.ShareIssuer.isIssued(address))) return sharesAt(contracts, address);
  throw new NotFoundError("there are no such shares", {
    value: text,
    limit: "what the share issuer made, and of an NFT that they still own",
    remedy: "npx openledger shares list",
  });
}

/**
 * Gives an NFT to a new contract of shares, whose shares are all the account's.
 *
 * @throws AccessError when the NFT is somebody else's
 */
export async function issue(
  contracts: Liquidity,
  issued: {
    readonly collection: Collection;
    readonly tokenId: bigint;
    readonly account: string;
    readonly name: string;
    readonly symbol: string;
    readonly minFloat: bigint;
  },
): Promise<Call[]> {
  const { collection, tokenId, account, name, symbol, minFloat } = issued;
  if (minFloat < SHARES / 10n || minFloat > SHARES) {
    throw new InputError("the least number of shares that is reckoned with is out of bounds", {
      value: `${formatShares(minFloat)} shares`,
      limit: `${formatShares(SHARES / 10n)} to ${formatShares(SHARES)}`,
    });
  }
  const registry = registryOf(contracts, collection);
  await requireOwner(registry, collection, tokenId, account);
  const terms = {
    collection: await registry.getAddress(),
    tokenId,
    name,
    symbol,
    manager: account,
    earns: true,
    minFloat,
  };
  return [
    approveNft(collection, await contracts.ShareIssuer.getAddress(), tokenId),
    { kind: "issue shares", contract: "ShareIssuer", method: "issue", args: [terms] },
  ];
}

/** Lets a contract take an NFT. */
export function approveNft(collection: Collection, spender: string, tokenId: bigint): Call {
  const contract = REGISTRIES[collection];
  return { kind: `approve ${collection}`, contract, method: "approve", args: [spender, tokenId] };
}

/** @throws AccessError when the NFT is somebody else's; NotFoundError when there is none */
export async function requireOwner(
  registry: Registries[keyof Registries],
  collection: Collection,
  tokenId: bigint,
  account: string,
): Promise<void> {
  const owner = await registry.ownerOf(tokenId).catch(() => undefined);
  if (owner === undefined) throw noSuch({ kind: collection, tokenId });
  if (BigInt(owner) === BigInt(account)) return;
  throw new AccessError(`the ${collection} belongs to somebody else`, {
    value: `${collection} ${tokenId}, key of ${account}`,
    limit: `its owner, ${owner}`,
    remedy: "Use the owner's key.",
  });
}

/** @throws InputError when nothing can be claimed */
export async function claim(shares: Shares, account: string, to: string): Promise<Call> {
  if ((await shares.claimable(account)) === 0n) {
    throw new InputError("the account has nothing to claim", {
      value: account,
      limit: `more than 0; ${formatOpen(await shares.unstreamed())} OPEN are not streamed yet`,
      remedy: "What arrives in one period is paid out over the next, by the second.",
    });
  }
  return { kind: "claim revenue", ...(await of(shares)), method: "claim", args: [to] };
}

/** The shares that hold a model; undefined where somebody owns it whole. */
export async function sharesOfModel(
  contracts: Pick<Contracts, "ModelRegistry" | "ModelShares" | "ShareIssuer">,
  modelId: bigint,
): Promise<Shares | undefined> {
  const owner = await contracts.ModelRegistry.ownerOf(modelId);
  return (await contracts.ShareIssuer.isIssued(owner)) ? sharesAt(contracts, owner) : undefined;
}

/** @throws AccessError for anybody but the manager */
export async function requireManager(shares: Shares, account: string): Promise<void> {
  const manager = await shares.manager();
  if (BigInt(manager) === BigInt(account)) return;
  throw new AccessError("somebody else manages it", {
    value: `key of ${account}`,
    limit: `the manager, ${manager}`,
    remedy: "Shareholders name another: npx openledger shares support <shares> manager <address>",
  });
}

/** @throws AccessError for anybody but the manager; InputError for what the shares' NFT does not have */
export async function manage(contracts: Liquidity, shares: Shares, account: string, change: Change): Promise<Call> {
  await requireManager(shares, account);
  const [collection, tokenId] = await Promise.all([shares.collection(), shares.tokenId()]);
  const [isModel, isAgent] = await Promise.all(
    [contracts.ModelRegistry, contracts.AgentIdentityRegistry].map(
      async (of) => collection === (await of.getAddress()),
    ),
  );
  if (!isModel && change.kind !== "uri") {
    const what = isAgent ? "an agent" : "a Datanet";
    throw new InputError(`${what} has no ${change.kind}`, { value: change.kind, limit: "uri" });
  }
  const { interface: models } = contracts.ModelRegistry;
  const { interface: datanets } = contracts.DatanetRegistry;
  const { interface: agents } = contracts.AgentIdentityRegistry;
  const data =
    change.kind === "price"
      ? models.encodeFunctionData("setPrice", [tokenId, change.price])
      : change.kind === "provider"
        ? models.encodeFunctionData("setProvider", [tokenId, change.provider])
        : isModel
          ? models.encodeFunctionData("setUri", [tokenId, change.uri])
          : isAgent
            ? agents.encodeFunctionData("setAgentURI", [tokenId, change.uri])
            : datanets.encodeFunctionData("setUri", [tokenId, change.uri]);
  return { kind: `set ${change.kind}`, ...(await of(shares)), method: "manage", args: [data] };
}

/** @param now the chain's time. @throws InputError when there is no auction, it is over, or the bid is too low */
export async function bid(shares: Shares, amount: bigint, now: bigint): Promise<Call> {
  const { reserve, bidder, amount: before, endsAt } = await shares.auction();
  const hasBid = BigInt(bidder) !== 0n;
  if (reserve === 0n || (hasBid && now >= endsAt)) {
    throw new InputError("it is not for sale", {
      value: await shares.getAddress(),
      limit: hasBid ? `until ${isoTime(endsAt)}` : "an offer by holders of two thirds",
      remedy: hasBid ? "npx openledger shares settle" : "npx openledger shares support <shares> offer <OPEN>",
    });
  }
  const least = hasBid ? before + before / 20n + 1n : reserve;
  if (amount < least) {
    throw new InputError("the bid is too low", {
      value: `${formatOpen(amount)} OPEN`,
      limit: `at least ${formatOpen(least)} OPEN`,
    });
  }
  return { kind: "bid", ...(await of(shares)), method: "bid", args: [amount] };
}

/** @throws InputError without a bid; NotYetError before the end */
export async function settleAuction(shares: Shares, now: bigint): Promise<Call> {
  const { bidder, endsAt } = await shares.auction();
  if (BigInt(bidder) === 0n) throw new InputError("nobody has bid", { value: await shares.getAddress() });
  if (now < endsAt) {
    throw new NotYetError("the auction goes on", { value: isoTime(now), limit: `from ${isoTime(endsAt)} on` });
  }
  return { kind: "settle auction", ...(await of(shares)), method: "settleAuction", args: [] };
}

/** @throws InputError for an account that does not have every share */
export async function redeem(shares: Shares, account: string, to: string): Promise<Call> {
  const [balance, supply] = await Promise.all([shares.balanceOf(account), shares.totalSupply()]);
  if (balance !== supply) {
    throw new InputError("the account does not have every share", {
      value: `${formatShares(balance)} of ${account}`,
      limit: `all ${formatShares(supply)}`,
      remedy: "Shares in a locked pair never come back: an offer sells the NFT instead.",
    });
  }
  return { kind: "redeem", ...(await of(shares)), method: "redeem", args: [to] };
}

/** @throws InputError for an account that has fewer */
export async function transfer(shares: Shares, from: string, to: string, amount: bigint): Promise<Call> {
  await requireShares(shares, from, amount);
  return { kind: "transfer shares", ...(await of(shares)), method: "transfer", args: [to, amount] };
}

/** The account that votes with the sender's shares from the next second on. */
export async function delegate(shares: Shares, to: string): Promise<Call> {
  return { kind: "delegate votes", ...(await of(shares)), method: "delegate", args: [to] };
}

/** @throws InputError for an account that has fewer */
export async function requireShares(shares: Shares, account: string, amount: bigint): Promise<void> {
  const balance = await shares.balanceOf(account);
  if (balance >= amount) return;
  throw new InputError("the account has fewer shares", {
    value: `${formatShares(amount)} of ${account}`,
    limit: formatShares(balance),
  });
}

/** Where a call of these shares goes. */
export async function of(shares: Shares): Promise<Pick<Call, "contract" | "at">> {
  return { contract: "ModelShares", at: await shares.getAddress() };
}

export function registryOf(contracts: Registries, collection: Collection) {
  return contracts[REGISTRIES[collection]];
}

export type { Shares };
