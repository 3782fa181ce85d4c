import { asAddress, asHash, type Address } from "@openledger/protocol/hex.ts";
import fc from "fast-check";
import { getAddress, ZeroHash } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SweptPayment } from "../settlement/ownedPayments.ts";
import { type ChainEvents, createChainEvents } from "../store/chainEvents.ts";
import type { Database } from "../store/database.ts";
import { openStore } from "../store/open.ts";
import type { StoredEvent } from "../store/storedEvent.ts";
import { jobPaymentId, sweptRevenue } from "./sweptRevenue.ts";

const party = (digit: string) => asAddress(`0x${digit.repeat(40)}`);
const word = (n: number) => asHash(`0x${n.toString(16).padStart(64, "0")}`);
/** The tills of models 1 and 2. */
const TILLS = [party("a"), party("b")] as const;
const TOKENS = [party("c"), party("d")] as const;
const ESCROW = party("e");
const PAYERS = [party("1"), party("2")] as const;
const ADDRESSES = { OpenToken: TOKENS[0], JobEscrow: ESCROW };
/** Channels by number: to either till, in either token, of either payer. */
const CHANNELS = Array.from({ length: 8 }, (_, n) => ({
  id: word(n),
  payer: PAYERS[n & 1]!,
  till: TILLS[(n >> 1) & 1]!,
  token: TOKENS[n >> 2]!,
}));

const bit = fc.nat(1);
const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("pay"), payer: bit, till: bit, amount: fc.integer({ min: 1, max: 99 }) }),
  },
  // an authorization that was cancelled, or whose transfer is somebody else's
  fc.record({ kind: fc.constant("use"), payer: bit, till: bit, amount: fc.constant(0) }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("claim"), channel: fc.nat(7), amount: fc.integer({ min: 1, max: 99 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("job"), payer: bit, till: bit, amount: fc.integer({ min: 1, max: 99 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("settle"), till: bit, token: bit }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sweep"), till: bit, epochs: bit }) },
  fc.record({ kind: fc.constant("block") }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;
type Emitted = Omit<StoredEvent, "timestamp">;

/** What a till was swept of in an epoch, told while it happened. */
interface Told {
  readonly events: Emitted[];
  readonly lastBlock: number;
  readonly swept: Map<string, { revenue: bigint; direct: SweptPayment[]; claimed: SweptPayment[] }>;
}

function tell(happenings: readonly Happening[]): Told {
  const events: Emitted[] = [];
  const swept: Told["swept"] = new Map();
  const arrived = TILLS.map(() => ({ direct: [] as SweptPayment[], claimed: [] as SweptPayment[] }));
  const claims: { channel: (typeof CHANNELS)[number]; payment: SweptPayment }[] = [];
  const totals = CHANNELS.map(() => 0n);
  let [blockNumber, logIndex, epoch] = [1, 0, 1n];
  const emit = (contract: string, name: string, args: Record<string, unknown>) =>
    events.push({ blockNumber, logIndex: logIndex++, transactionHash: word(blockNumber), contract, name, args });
  const pay = (payer: Address, till: Address, amount: bigint, nonce: string) => {
    emit("OpenToken", "AuthorizationUsed", { authorizer: getAddress(payer), nonce });
    if (amount === 0n)
      emit("OpenToken", "Transfer", { from: getAddress(party("9")), to: getAddress(till), value: "1" });
    else emit("OpenToken", "Transfer", { from: getAddress(payer), to: getAddress(till), value: `${amount}` });
  };
  for (const { id, payer, till, token } of CHANNELS) {
    const parties = { payer: getAddress(payer), payerAuthorizer: getAddress(payer), receiver: getAddress(till) };
    const config = { ...parties, token: getAddress(token), salt: ZeroHash };
    emit("PaymentChannels", "ChannelCreated", { channelId: id, config });
  }
  for (const [i, one] of happenings.entries()) {
    if (one.kind === "block") [blockNumber, logIndex] = [blockNumber + 1, 0];
    if (one.kind === "pay" || one.kind === "use") {
      const [payer, paymentId] = [PAYERS[one.payer]!, word(1_000 + i)];
      pay(payer, TILLS[one.till]!, BigInt(one.amount), paymentId);
      if (one.amount > 0) arrived[one.till]!.direct.push({ consumer: payer, paymentId, amount: BigInt(one.amount) });
    }
    if (one.kind === "job") {
      const [client, provider, amount] = [PAYERS[one.payer]!, TILLS[one.till]!, BigInt(one.amount)];
      emit("JobEscrow", "JobCreated", { jobId: `${i}`, client: getAddress(client), provider: getAddress(provider) });
      emit("JobEscrow", "PaymentReleased", { jobId: `${i}`, provider: getAddress(provider), amount: `${amount}` });
      const paymentId = jobPaymentId(ESCROW, BigInt(i));
      arrived[one.till]!.claimed.push({ consumer: client, confirmers: [client], paymentId, amount, after: 0n });
    }
    if (one.kind === "claim") {
      const channel = CHANNELS[one.channel]!;
      const [after, amount] = [totals[one.channel]!, BigInt(one.amount)];
      totals[one.channel] = after + amount;
      emit("PaymentChannels", "Claimed", {
        channelId: channel.id,
        amount: `${amount}`,
        totalClaimed: `${after + amount}`,
      });
      claims.push({ channel, payment: { consumer: channel.payer, paymentId: channel.id, amount, after } });
    }
    if (one.kind === "settle") {
      const [till, token] = [TILLS[one.till]!, TOKENS[one.token]!];
      emit("PaymentChannels", "Settled", { receiver: getAddress(till), token: getAddress(token), amount: "1" });
      for (const claim of claims.splice(0)) {
        const isSettled = claim.channel.till === till && claim.channel.token === token;
        if (!isSettled) claims.push(claim);
        else if (token === TOKENS[0]) arrived[one.till]!.claimed.push(claim.payment);
      }
    }
    if (one.kind === "sweep") {
      epoch += BigInt(one.epochs);
      emit("InferenceMarket", "Swept", { modelId: `${one.till + 1}`, epoch: `${epoch}`, amount: "7" });
      const key = `${one.till} ${epoch}`;
      const sum = swept.get(key) ?? { revenue: 0n, direct: [], claimed: [] };
      sum.revenue += 7n;
      sum.direct.push(...arrived[one.till]!.direct.splice(0));
      sum.claimed.push(...arrived[one.till]!.claimed.splice(0));
      swept.set(key, sum);
    }
  }
  return { events, lastBlock: blockNumber, swept };
}

describe("what was swept from a till", () => {
  let db: Database;
  let events: ChainEvents;
  beforeAll(async () => {
    db = await openStore({ DATABASE_URL: undefined, OPENLEDGER_STATE_DIR: undefined });
    events = createChainEvents(db);
  });
  afterAll(() => db.close());

  it("is what was paid to it, by authorization, through a channel or for a job, since the sweep before", async () => {
    let payments = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 10, maxLength: 60 }), async (happenings) => {
        const told = tell(happenings);
        await events.rollBack(0);
        const numbers = Array.from({ length: told.lastBlock }, (_, n) => n + 1);
        await events.append(
          numbers.map((number) => ({ number, hash: word(number), parentHash: word(number - 1), timestamp: number })),
          told.events,
        );
        for (const till of [0, 1]) {
          for (let epoch = 1n; epoch <= 8n; epoch++) {
            const expected = told.swept.get(`${till} ${epoch}`) ?? { revenue: 0n, direct: [], claimed: [] };
            const found = await sweptRevenue(events, BigInt(till + 1), epoch, TILLS[till]!, ADDRESSES);
            expect(found.revenue).toBe(expected.revenue);
            const isClaimed = ({ after }: SweptPayment) => after !== undefined;
            expect(found.payments.filter((payment) => !isClaimed(payment))).toEqual(expected.direct);
            expect(found.payments.filter(isClaimed).sort(byChannel)).toEqual(expected.claimed.sort(byChannel));
            payments += found.payments.length;
          }
        }
      }),
      { numRuns: 25, seed: 5 },
    );
    expect(payments).toBeGreaterThan(50);
  });
});

/** Payments of several channels and jobs come in the order of the claims, whichever was settled first. */
function byChannel(a: SweptPayment, b: SweptPayment): number {
  if (a.paymentId !== b.paymentId) return a.paymentId < b.paymentId ? -1 : 1;
  return Number(a.after! - b.after!);
}
