import { z } from "zod";
import { postedRoots } from "../../jobs/rootEvents.ts";
import type { ChainEvents } from "../../store/chainEvents.ts";
import { SWEPT_PARTS } from "../../chain/sweptParts.ts";
import type { Consumption } from "../stages/consume.ts";
import type { Scene } from "../cast/scene.ts";
import { tillsOf } from "./tills.ts";
import { trainingMoney } from "./trainingMoney.ts";

/** Where all the money went that was ever paid, whoever paid it, in wei. Royalties between tills cancel out. */
export interface Books {
  /** Paid into tills. */
  readonly feesIn: bigint;
  /** The part of it that was not paid by the scenario's consumers. */
  readonly feesBeside: bigint;
  /** Taken from the bonds of contributions that harm the model that judges them; the treasury's. */
  readonly bondsCharged: bigint;
  readonly protocol: bigint;
  readonly owners: bigint;
  readonly compute: bigint;
  readonly stakers: bigint;
  /** Owners of Datanets. */
  readonly curators: bigint;
  /** Their part of the fees. */
  readonly contributors: bigint;
  /** In channels to tills: not paid yet, and otherwise their payers'. */
  readonly inChannels: bigint;
  /** In tills, and not swept yet. */
  readonly inTills: bigint;
  readonly royalties: bigint;
  /** Escrowed by publishers for the training of their versions. */
  readonly trainingFees: bigint;
  /** The part of them that operators were paid. */
  readonly trainingPaid: bigint;
  /** The part of them that went back, because nobody had trained the version. */
  readonly trainingReturned: bigint;
  /** The part of them that is neither paid nor returned yet. */
  readonly trainingEscrowed: bigint;
  readonly claimed: bigint;
  /** Earned by a final root, and not claimed yet. */
  readonly unclaimed: bigint;
  /** In pools that no final root divides yet. */
  readonly unsettled: bigint;
  /** In the distributor and owed to nobody. */
  readonly dust: bigint;
  readonly balanced: boolean;
}

const total = (amounts: Iterable<bigint>) => [...amounts].reduce((sum, amount) => sum + amount, 0n);

const uint = z.coerce.bigint();
const transferSchema = z.object({ from: z.string(), to: z.string(), value: uint });
/** Amounts to several accounts, added up. */
const several = z.array(uint).transform(total);
const partsSchema = z.object({
  ...{ protocol: uint, owner: uint, parents: several, compute: uint, stakers: uint, curators: several },
  contributors: uint,
});
const mintedSchema = z.object({ modelId: uint, terms: z.object({ base: z.boolean() }) });
const sweptSchema = z.object({ modelId: uint, versionId: uint, parts: partsSchema });
const fundedSchema = z.object({ epoch: uint, amount: uint });
const chargedSchema = z.object({ amount: uint });
const amountSchema = z.object({ amount: uint });
const submittedSchema = z.object({ submissionId: uint });

type Transfer = z.output<typeof transferSchema>;

/**
 * Adds up the books from every event of the chain, and compares them with the balances to the wei. What users did beside the
 * scenario is in them too.
 */
export async function closeBooks(
  { contracts, deployment }: Scene,
  events: ChainEvents,
  consumption: readonly Consumption[],
): Promise<Books> {
  const { OpenToken } = contracts;
  const { RewardDistributor, ContributionRegistry, PaymentChannels, TrainingFees } = deployment.addresses;
  const market = deployment.addresses.InferenceMarket;
  const read = async <S extends z.ZodType>(contract: string, name: string, schema: S) =>
    (await events.find({ contract, name })).map(({ args }) => schema.parse(args));
  const transfers = await read("OpenToken", "Transfer", transferSchema);
  const minted = await read("ModelRegistry", "ModelMinted", mintedSchema);
  const swept = divided(await read("InferenceMarket", "Swept", sweptSchema), minted);
  const funded = await read("RewardDistributor", "Funded", fundedSchema);
  const charged = await read("HarmCharges", "HarmCharged", chargedSchema);
  const final = (await postedRoots(events)).findLast(({ status }) => status === "finalized")?.root;

  const tills = await tillsOf(contracts, events);
  const balances = async (accounts: Iterable<string>) =>
    total(await Promise.all([...accounts].map((account) => OpenToken.balanceOf(account))));
  const inTills = await balances(tills);
  const inDistributor = await balances([RewardDistributor]);
  const moved = (matches: (transfer: Transfer) => boolean) =>
    total(transfers.filter(matches).map(({ value }) => value));
  const feesIn = moved(({ from, to }) => tills.has(to) && from !== market);
  const claimed = moved(({ from }) => from === RewardDistributor);
  const given = moved(({ from, to }) => to === RewardDistributor && from !== market);
  const [protocol, owners, royalties, compute, stakers, curators, contributors] = SWEPT_PARTS.map((part) =>
    total(swept.map((parts) => parts[part])),
  ) as [bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  const treasury = await contracts.HarmCharges.treasury();
  const bondsCharged = total(charged.map(({ amount }) => amount));
  const lastEpoch = final?.lastEpoch ?? 0n;
  const unsettled = total(funded.filter(({ epoch }) => epoch > lastEpoch).map(({ amount }) => amount));
  const unclaimed = (final?.payoutsTotal ?? 0n) - claimed;
  const dust = inDistributor - unclaimed - unsettled;

  const channels = await channelMoney(events);
  const channelsGiven = moved(({ to }) => to === PaymentChannels) - channels.deposited;
  const bonds = await bondsHeld(contracts, await read("ContributionRegistry", "Submitted", submittedSchema));
  const depositsGiven = moved(({ to }) => to === ContributionRegistry) - bonds.deposited;
  const training = await trainingMoney(events);
  const trainingEscrowed = training.fees - training.paid - training.returned;
  const feesGiven = moved(({ to }) => to === TrainingFees) - training.fees;
  return {
    feesIn,
    feesBeside: feesIn - total(consumption.map(({ paid }) => paid)),
    bondsCharged,
    protocol,
    owners,
    compute,
    stakers,
    curators,
    contributors,
    inChannels: channels.held,
    inTills,
    royalties,
    trainingFees: training.fees,
    trainingPaid: training.paid,
    trainingReturned: training.returned,
    trainingEscrowed,
    claimed,
    unclaimed,
    unsettled,
    dust,
    balanced:
      feesIn === protocol + owners + compute + stakers + curators + contributors + inTills &&
      moved(({ from, to }) => from === ContributionRegistry && to === treasury) === bondsCharged &&
      contributors === total(funded.map(({ amount }) => amount)) &&
      contributors === claimed + unclaimed + unsettled &&
      dust === given &&
      (await balances([ContributionRegistry])) === bonds.held + depositsGiven &&
      (await balances([TrainingFees])) === trainingEscrowed + feesGiven &&
      (await balances([PaymentChannels])) === channels.held + channelsGiven,
  };
}

/**
 * The parts of sweeps by who has them: what contributors would get is the owner's for a base model, and the treasury's for one
 * that nobody activated a version of.
 */
function divided(
  swept: readonly z.output<typeof sweptSchema>[],
  minted: readonly z.output<typeof mintedSchema>[],
): z.output<typeof partsSchema>[] {
  const bases = new Set(minted.filter(({ terms }) => terms.base).map(({ modelId }) => modelId));
  return swept.map(({ modelId, versionId, parts }) => {
    const { owner, protocol, contributors } = parts;
    if (bases.has(modelId)) return { ...parts, owner: owner + contributors, contributors: 0n };
    if (versionId === 0n) return { ...parts, protocol: protocol + contributors, contributors: 0n };
    return parts;
  });
}

/** What was ever put into channels in OPEN, and what of it is there. */
async function channelMoney(events: ChainEvents): Promise<{ deposited: bigint; held: bigint }> {
  const sum = async (name: string | readonly string[]) =>
    total(
      (await events.find({ contract: "PaymentChannels", name })).map(({ args }) => amountSchema.parse(args).amount),
    );
  const deposited = await sum("Deposited");
  return { deposited, held: deposited - (await sum(["Settled", "WithdrawFinalized", "Refunded"])) };
}

/** Bonds and review fees: what was ever deposited for submissions, and what of it the registry still has to give back. */
async function bondsHeld(
  { ContributionRegistry }: Scene["contracts"],
  submissions: readonly { readonly submissionId: bigint }[],
): Promise<{ deposited: bigint; held: bigint }> {
  const amounts = submissions.map(async ({ submissionId }) => {
    const { size, bond, reviewFee, resolved, firstContributionId } =
      await ContributionRegistry.submissionOf(submissionId);
    const deposited = size * (bond + reviewFee);
    if (!resolved) return { deposited, held: deposited };
    const ids = Array.from({ length: Number(size) }, (_, i) => firstContributionId + BigInt(i));
    const contributions = await Promise.all(ids.map((id) => ContributionRegistry.contributionOf(id)));
    return { deposited, held: total(contributions.map((contribution) => contribution.bond)) };
  });
  const all = await Promise.all(amounts);
  return {
    deposited: total(all.map(({ deposited }) => deposited)),
    held: total(all.map(({ held }) => held)),
  };
}
