// Gas of paying for answers: by channels that pay for 1 to 1,000 of them, one by one, and by what others have published.
import { CLAIMED_TOGETHER, measureCalls } from "./payments/channels.ts";
import { oceanEscrow } from "./payments/oceanEscrow.ts";
import { zeroGravity } from "./payments/zeroGravity.ts";
import { productionBuild } from "./gas/productionBuild.ts";
import type { Benchmark } from "./report.ts";

/** Answers that one channel pays for. */
const CALLS = [1, 10, 100, 1_000];
const FILES = [
  "contracts/payments/Erc3009Collector.sol",
  "contracts/payments/PaymentChannels.sol",
  "contracts/token/OpenToken.sol",
];
/** Most that a voucher's part of a claim may cost. */
const MOST_OF_A_CLAIM = 18_000;

export const benchmark: Benchmark = {
  name: "payments",
  seed: 0,
  async *measure() {
    const hre = await productionBuild(FILES);
    const connect = () => hre.network.create({ network: "default", chainType: "op" });
    const { deposit, claim, settle, exact } = await measureCalls(await connect());
    const ocean = await oceanEscrow(await connect());
    const zero = await zeroGravity(await connect());
    yield { name: "a channel's deposit", value: Math.round(deposit), unit: "gas" };
    yield {
      name: `a channel's part of a claim of ${CLAIMED_TOGETHER}`,
      value: Math.round(claim),
      unit: "gas",
      comparator: "<=",
      target: MOST_OF_A_CLAIM,
    };
    yield { name: "settling a till, once for all its channels", value: Math.round(settle), unit: "gas" };
    for (const calls of CALLS) {
      const peers = [
        `exact ${count(exact)}`,
        ...(ocean ? [`Ocean escrow ${count(ocean.deposit / calls + ocean.job)}`] : []),
        ...(zero ? [`0G without its proof ${count((zero.deposit + zero.settlement) / calls)}`] : []),
      ];
      yield {
        name: calls === 1 ? "an answer, the only one of its channel" : `an answer, one of ${count(calls)} of a channel`,
        value: Math.round((deposit + claim + settle / CLAIMED_TOGETHER) / calls),
        unit: "gas",
        peer: peers.join(", "),
      };
    }
  },
};

const count = (value: number): string => Math.round(value).toLocaleString("en");
