import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { NotYetError } from "../common/errors.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Inferences } from "../store/inferences.ts";

/** A sale that is under way and counted. */
export interface ReservedSale {
  /** @param sold whether money may have been taken */
  end(sold: boolean): void;
}

/** What a provider may sell: no more than its compute stake covers. */
export interface StakeCover {
  /** Counts a sale before anything is paid for it. @throws NotYetError where the stake does not cover it */
  reserve(price: bigint): Promise<ReservedSale>;
}

export interface StakeCoverParts {
  readonly contracts: Pick<Contracts, "EpochClock" | "StakeManager">;
  /** Address of the provider. */
  readonly provider: string;
  readonly inferences: Pick<Inferences, "feesSince">;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/** How old the stake may be that is known, in milliseconds. */
const STAKE_AGE_MS = 1_000;
/** How old the sum of the stored sales may be; what is sold since is added to it. */
const SUM_AGE_MS = 600_000;

interface Known {
  readonly at: number;
  readonly value: Promise<bigint>;
}

/**
 * A sale is counted until the end of the epoch after it: by then it is claimed and swept, and its receipt is committed, where
 * anybody can dispute it.
 */
export function createStakeCover({
  contracts: { EpochClock, StakeManager },
  provider,
  inferences,
  clock = Date.now,
}: StakeCoverParts): StakeCover {
  let stake: Known | undefined;
  /** With what was sold before it was asked for: what was sold since may be counted twice, and never too little. */
  let stored: (Known & { readonly soldBefore: bigint }) | undefined;
  let underWay = 0n;
  let soldHere = 0n;

  async function feesOfTwoEpochs(): Promise<bigint> {
    const epoch = await EpochClock.current();
    return inferences.feesSince(await EpochClock.startOf(epoch === 1n ? epoch : epoch - 1n));
  }

  const isFresh = <K extends Known>(known: K | undefined, age: number): known is K =>
    known !== undefined && clock() - known.at < age;

  function stakeNow(): Promise<bigint> {
    if (!isFresh(stake, STAKE_AGE_MS)) {
      const value = StakeManager.stakeOf(ROLE.compute, provider);
      stake = { at: clock(), value };
      value.catch(() => (stake = undefined));
    }
    return stake.value;
  }

  /** What was sold without what this process counts since. */
  async function soldBeforeHere(): Promise<bigint> {
    if (!isFresh(stored, SUM_AGE_MS)) {
      const value = feesOfTwoEpochs();
      stored = { at: clock(), value, soldBefore: soldHere };
      value.catch(() => (stored = undefined));
    }
    const { value, soldBefore } = stored;
    const sum = await value;
    return sum - soldBefore;
  }

  return {
    reserve: async (price) => {
      const [has, soldElsewhere] = await Promise.all([stakeNow(), soldBeforeHere()]);
      const sold = soldElsewhere + soldHere + underWay;
      if (sold + price > has) {
        throw new NotYetError("the provider has sold what its stake covers", {
          value: `${formatOpen(price)} OPEN, with ${formatOpen(sold)} OPEN sold since the last epoch began`,
          limit: `${formatOpen(has)} OPEN of compute stake; 0 in jail`,
          remedy:
            "Nothing was paid. Ask again later; the provider adds stake: npx openledger operator stake --role compute.",
        });
      }
      underWay += price;
      return {
        end: (wasSold) => {
          underWay -= price;
          if (wasSold) soldHere += price;
        },
      };
    },
  };
}
