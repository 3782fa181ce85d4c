import { expect } from "chai";
import fc from "fast-check";
import { connection, deployGovernance, OPEN, propose, STATE, wrap } from "./deployGovernance.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

const MILLION = 1_000_000n * OPEN;

/** What somebody tries, as often as it stands here. */
const STEPS = [
  ...["propose", "propose", "wrap", "vote", "vote", "vote", "vote"],
  ...["next", "next", "next", "wait", "queue", "queue", "execute", "execute", "cancel"],
];

/** How a proposal succeeds, where nothing comes between: two of the voters have the quorum together. */
const LIFE = [
  { what: "propose", who: 0 },
  { what: "next", who: 0 },
  { what: "vote", who: 0 },
  { what: "vote", who: 1 },
  { what: "next", who: 0 },
  { what: "queue", who: 0 },
  { what: "next", who: 0 },
  { what: "execute", who: 0 },
].map((step) => ({ ...step, amount: 0n, support: 1, which: 0, seconds: 0 }));

/** A proposal, and when it was queued. */
interface Made {
  readonly id: bigint;
  queuedAt: bigint;
}

describe("OpenLedgerGovernor, whatever voters and the guardian do", () => {
  it("executes nothing without the quorum, a majority and the delay, and the guardian ends", async function () {
    this.timeout(0);
    const governance = await networkHelpers.loadFixture(deployGovernance);
    const { governor, timelock, models, parameters, deployer: guardian, alice, bob, carol } = governance;
    const voters = [alice, bob, carol];
    const minDelay = await timelock.getMinDelay();
    const guardianUntil = await governor.guardianUntil();
    // whoever proposes needs the threshold, and nobody has the quorum alone
    await wrap(governance, alice, 6n * MILLION);
    await wrap(governance, bob, 6n * MILLION);
    const start = await networkHelpers.takeSnapshot();

    const step = fc.record({
      what: fc.constantFrom(...STEPS),
      who: fc.nat(2),
      amount: fc.constantFrom(2n, 6n, 9n, 12n),
      support: fc.constantFrom(0, 1, 1, 1, 2),
      which: fc.nat(1),
      seconds: fc.constantFrom(60, 3_600, 86_400, 3 * 86_400, 400 * 86_400),
    });
    // most of a life, and whatever else is tried between its steps
    const story = fc
      .tuple(...LIFE.map(() => fc.record({ before: fc.array(step, { maxLength: 3 }), luck: fc.nat(19) })))
      .map((parts) => parts.flatMap(({ before, luck }, i) => (luck === 0 ? before : [...before, LIFE[i]!])));
    /** Waits until the proposal can be in its next state. */
    const untilNext = async (id: bigint): Promise<unknown> => {
      const state = await governor.state(id);
      if (state === STATE.Pending) return time.increaseTo((await governor.proposalSnapshot(id)) + 1n);
      if (state === STATE.Active) return time.increaseTo((await governor.proposalDeadline(id)) + 1n);
      return state === STATE.Queued ? time.increaseTo(await governor.proposalEta(id)) : undefined;
    };
    const outcomes = { executed: 0, canceled: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        await start.restore();
        const made: Made[] = [];
        for (const { what, who, amount, support, which, seconds } of steps) {
          const person = voters[who]!;
          const chosen = made[which % (made.length || 1)];
          const attempt = async (): Promise<unknown> => {
            if (what === "wrap") return wrap(governance, person, amount * MILLION);
            if (what === "wait") return time.increase(seconds);
            if (what === "propose") {
              if (made.length === 2) return undefined;
              const data = models.interface.encodeFunctionData("setScheme", [ethers.id(`scheme ${made.length}`), true]);
              const id = await propose(governance, alice, [{ to: await models.getAddress(), data }], `${made.length}`);
              return made.push({ id, queuedAt: 0n });
            }
            if (chosen === undefined) return undefined;
            if (what === "next") return untilNext(chosen.id);
            if (what === "vote") return governor.connect(person).castVote(chosen.id, support);
            if (what === "cancel") return governor.connect(guardian)["cancel(uint256)"](chosen.id);
            if (what === "queue") {
              await governor["queue(uint256)"](chosen.id);
              chosen.queuedAt = BigInt(await time.latest());
              return undefined;
            }
            return governor["execute(uint256)"](chosen.id);
          };
          const before = chosen && (await governor.state(chosen.id));
          const done = await attempt().then(
            () => true,
            () => false,
          );
          const now = BigInt(await time.latest());
          if (!done) outcomes.refused++;
          if (chosen === undefined || before === (await governor.state(chosen.id))) continue;
          if (what === "cancel") {
            outcomes.canceled++;
            expect(now < guardianUntil).to.equal(true);
          }
          if (what !== "execute" || (await governor.state(chosen.id)) !== STATE.Executed) continue;
          outcomes.executed++;
          const [against, inFavor, abstain] = await governor.proposalVotes(chosen.id);
          const snapshot = await governor.proposalSnapshot(chosen.id);
          const quorum = await governor.quorum(snapshot);
          expect(quorum >= BigInt(parameters.governance.quorumFloorOpen)).to.equal(true);
          expect(inFavor + abstain >= quorum && inFavor > against).to.equal(true);
          expect(
            now >= chosen.queuedAt + minDelay && chosen.queuedAt > (await governor.proposalDeadline(chosen.id)),
          ).to.equal(true);
        }
        // every scheme is allowed exactly if its proposal was executed
        for (const [i, { id }] of made.entries()) {
          const allowed = await models.isSchemeAllowed(ethers.id(`scheme ${i}`));
          expect(allowed).to.equal((await governor.state(id)) === STATE.Executed);
        }
      }),
      { numRuns: 30 },
    );
    expect(outcomes.refused).to.be.greaterThan(10);
    expect(outcomes.canceled).to.be.greaterThan(0);
    expect(outcomes.executed).to.be.greaterThan(0);
  });
});
