import { formatOpen, OPEN } from "@openledger/protocol/units.ts";
import { id } from "ethers";
import { blockTime } from "../../chain/blockTime.ts";
import { sharesAt } from "../../chain/contracts.ts";
import { eventOf } from "../../chain/eventOf.ts";
import { travelTo } from "../../chain/localNode.ts";
import { OpenLedgerError } from "../../common/errors.ts";
import type { Shares } from "../../actions/shares.ts";
import { approve } from "../cast/approve.ts";
import type { PublishedModel } from "./models.ts";
import type { Party } from "../cast/party.ts";
import { act, type Scene } from "../cast/scene.ts";

/** A model whose shares are with those who bought them. */
export interface LaunchedModel {
  readonly model: PublishedModel;
  readonly shares: Shares;
  readonly holders: readonly Party[];
}

const DAY = 86_400n;
const SOFT_CAP = 500n * OPEN;
const HARD_CAP = 3_000n * OPEN;
const DEPOSIT = 400n * OPEN;
/** Of the contributor, by right. */
const RIGHT = 10n * OPEN;
const TRADE = 50n * OPEN;

/**
 * A model is launched, people buy, one of them because its data is in the model; it graduates into a pair, and somebody trades.
 *
 * @param contributor owns `contributionId`, which the model was trained on
 */
export async function launchModel(
  scene: Scene,
  model: PublishedModel,
  { contributor, contributionId }: { readonly contributor: Party; readonly contributionId: bigint },
): Promise<LaunchedModel> {
  const { cast, contracts, deployment, provider } = scene;
  const { Launchpad, ModelRegistry, ShareTrades } = contracts;
  const creator = cast.modelOwner;
  const buyers = cast.consumers.slice(0, 3);
  await act(creator, {
    key: `approve model:${model.modelId}`,
    kind: "approve model",
    contract: ModelRegistry,
    data: ModelRegistry.interface.encodeFunctionData("approve", [deployment.addresses.Launchpad, model.modelId]),
  });
  const terms = {
    modelId: model.modelId,
    name: model.name,
    symbol: `M${model.modelId}`,
    disclosure: id(model.weightsHash),
    uri: "",
    softCap: SOFT_CAP,
    hardCap: HARD_CAP,
    contributorsBps: 2_000,
    soldBps: 4_000,
    endsAt: (await blockTime(provider, "latest")) + DAY + 3_600n,
    cliff: 30n * DAY,
    vesting: 365n * DAY,
    deadline: 180n * DAY,
    reviewPeriod: 7n * DAY,
  };
  const milestones = [{ check: 0, bps: 10_000, duration: 30n * DAY, threshold: 0 }];
  const launched = eventOf(
    await act(creator, {
      key: `launch:${model.modelId}`,
      kind: "launch",
      contract: Launchpad,
      data: Launchpad.interface.encodeFunctionData("launch", [terms, milestones]),
    }),
    Launchpad,
    "Launched",
  );
  const launchId = launched.args["launchId"] as bigint;
  const shares = sharesAt(contracts, launched.args["shares"] as string);

  const deposits = [
    { party: contributor, amount: RIGHT, contributionIds: [contributionId] },
    ...buyers.map((party) => ({ party, amount: DEPOSIT, contributionIds: [] })),
  ];
  for (const { party, amount, contributionIds } of deposits) {
    await approve(scene, party, deployment.addresses.Launchpad);
    await act(party, {
      key: `deposit:${launchId}:${party.address}`,
      kind: "deposit",
      contract: Launchpad,
      data: Launchpad.interface.encodeFunctionData("deposit", [launchId, amount, contributionIds]),
    });
  }
  await travelTo(provider, (await Launchpad.launchOf(launchId)).endsAt);
  const send = (party: Party, kind: "graduate" | "collect", args: readonly unknown[]) =>
    act(party, {
      key: `${kind}:${launchId}:${party.address}`,
      kind,
      contract: Launchpad,
      data: Launchpad.interface.encodeFunctionData(kind as "collect", args as [bigint, string]),
    });
  await send(creator, "graduate", [launchId]);
  for (const { party } of deposits) await send(party, "collect", [launchId, party.address]);

  const trader = cast.consumers[3]!;
  await approve(scene, trader, deployment.addresses.ShareTrades);
  const address = await shares.getAddress();
  const least = ((await ShareTrades.quote(address, TRADE, true)) * 99n) / 100n;
  await act(trader, {
    key: `buy:${launchId}`,
    kind: "buy shares",
    contract: ShareTrades,
    data: ShareTrades.interface.encodeFunctionData("buy", [address, TRADE, least, 2n ** 64n]),
  });
  return { model, shares, holders: [...deposits.map(({ party }) => party), trader] };
}

/**
 * Everybody who holds shares claims what the model has earned for them, which is what the sweeps sent, to the wei.
 *
 * @returns what happened, in words
 */
export async function payShareholders(scene: Scene, { model, shares, holders }: LaunchedModel): Promise<string> {
  const { contracts, provider } = scene;
  const address = await shares.getAddress();
  const { OpenToken } = contracts;
  const period = await shares.streamPeriod();
  // what a sweep sent is seen by the next who claims, and flows in the period after
  await claimAll(scene, { shares, holders }, "seen");
  const seen = await blockTime(provider, "latest");
  await travelTo(provider, (seen / period + 2n) * period);
  await claimAll(scene, { shares, holders }, "streamed");

  const events = await shares.queryFilter(shares.filters.RevenueClaimed());
  const claimed = events.reduce((sum, { args }) => sum + args.amount, 0n);
  const arrivals = await OpenToken.queryFilter(OpenToken.filters.Transfer(undefined, address));
  const received = arrivals.reduce((sum, { args }) => sum + args.value, 0n);
  const grants = await OpenToken.queryFilter(
    OpenToken.filters.Transfer(address, await contracts.ModelGrants.getAddress()),
  );
  const passedOn = grants.reduce((sum, { args }) => sum + args.value, 0n);
  const revenue = received - passedOn;
  const unstreamed = await shares.unstreamed();
  const held = await OpenToken.balanceOf(address);
  // each settlement rounds less than a wei away
  const dust = revenue - claimed - unstreamed;
  if (held !== revenue - claimed || dust < 0n || dust > 100n || claimed === 0n) {
    throw new OpenLedgerError("the books of the shares do not balance", {
      value: `received ${revenue}, claimed ${claimed}, unstreamed ${unstreamed}, held ${held} wei`,
      limit: "received = claimed + unstreamed + at most 100 wei of dust, all of it held",
    });
  }
  return `${formatOpen(claimed)} OPEN to ${holders.length} holders of model ${model.modelId}; ${formatOpen(unstreamed)} to be streamed, ${dust} wei of dust`;
}

async function claimAll(
  { contracts }: Scene,
  { shares, holders }: Pick<LaunchedModel, "shares" | "holders">,
  step: string,
): Promise<void> {
  const address = await shares.getAddress();
  for (const holder of holders) {
    await act(holder, {
      key: `claim revenue:${step}:${address}:${holder.address}`,
      kind: "claim revenue",
      contract: sharesAt(contracts, address),
      data: shares.interface.encodeFunctionData("claim", [holder.address]),
    });
  }
}
