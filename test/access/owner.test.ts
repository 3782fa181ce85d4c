import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "chai";
import type { BaseContract, FunctionFragment } from "ethers";
import { network } from "hardhat";
import { interfaceOf, REPOSITORY } from "../../oracle/chain/artifacts.ts";
import { EXIT_DELAY } from "./announce.ts";
import { hostileArguments } from "./hostileCalls.ts";
import { attempt, createOwnedWorld, type OwnedWorld } from "./ownedWorld.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time, takeSnapshot, loadFixture } = networkHelpers;
const load = () => loadFixture(createWorld);
const createWorld = () => createOwnedWorld({ ethers, networkHelpers });

/** Of a contribution. */
const [ACCEPTED, REVOKED] = [1n, 3n];

/** What every owner may do at once: name its successor, and say what comes. */
const COMMON = ["announce", "renounceOwnership", "transferOwnership", "withdrawAnnouncement"];

/** What else the owner of a contract may do at once. */
const AT_ONCE: Readonly<Record<string, readonly string[]>> = {
  // What was measured of schemes: no money depends on it.
  AttributionPolicy: ["certifyScheme"],
  // Wiring: once.
  ContributionRegistry: ["setHarmCharges", "setReview"],
  InferenceMarket: ["setCollaborators"],
  // How later models and versions come to be.
  ModelRegistry: ["setMinParentShare", "setScheme", "setTrainingFees"],
  // What an ETH of gas costs, within bounds; and what it holds, which is nobody's but the protocol's.
  OpenPaymaster: ["setPrice", "withdraw", "withdrawOpen"],
  // Wiring: once; who may pause posts; and the end of a pause.
  RewardDistributor: ["resumePosts", "setGuardian", "wire"],
  IndexRegistry: ["setDisputes"],
  // Sealed: once, before anybody stakes.
  StakeManager: ["seal"],
};

interface OwnerFunction {
  readonly name: string;
  readonly contract: BaseContract;
  readonly method: FunctionFragment;
}

/** Every function that answers its owner otherwise than a stranger, whatever it is called. */
async function ownerFunctions({ contracts, owner, stranger, thief, token }: OwnedWorld): Promise<OwnerFunction[]> {
  const accomplicesOf = (caller: string) => ({
    owner: caller,
    thief: thief.target as string,
    token: token.target as string,
  });
  const found: OwnerFunction[] = [];
  for (const [name, contract] of Object.entries(contracts)) {
    for (const method of changesOf(contract)) {
      // Each as it serves the caller: whoever names itself where a stranger may as well is no owner there.
      const answersTo = ({ address }: { address: string }) =>
        Promise.all(
          hostileArguments(method, accomplicesOf(address)).map((args) =>
            answer(contract.target as string, contract.interface.encodeFunctionData(method, args), address),
          ),
        );
      const [mine, theirs] = await Promise.all([answersTo(owner), answersTo(stranger)]);
      if (mine.every((text, i) => text === theirs[i])) continue;
      found.push({ name: `${name}.${method.name}`, contract, method });
    }
  }
  return found;
}

function changesOf({ interface: abi }: BaseContract): FunctionFragment[] {
  const methods: FunctionFragment[] = [];
  abi.forEachFunction((method) => methods.push(method));
  return methods.filter(({ constant }) => !constant);
}

/** Whether the owner has to announce a call of it. Arguments that cannot be decoded fail before that is asked. */
async function isDelayed({ owner, thief, token }: OwnedWorld, { contract, method }: OwnerFunction): Promise<boolean> {
  const accomplices = { owner: owner.address, thief: thief.target as string, token: token.target as string };
  const answers = await Promise.all(
    hostileArguments(method, accomplices).map((args) =>
      answer(contract.target as string, contract.interface.encodeFunctionData(method, args), owner.address),
    ),
  );
  return answers.includes("ExitDelayNotAnnounced") && !answers.some((text) => text.startsWith(DONE));
}

const DONE = "done: ";

/** The functions after whose call the owner takes something from somebody. */
async function theftsIn(world: OwnedWorld): Promise<string[]> {
  const { owner, thief, token } = world;
  const accomplices = { owner: owner.address, thief: thief.target as string, token: token.target as string };
  const before = await world.holdings();
  expect(Math.min(...[...before.values()].map(Number))).greaterThan(0);
  const thefts = new Set<string>();
  for (const { name, contract, method } of await ownerFunctions(world)) {
    for (const args of hostileArguments(method, accomplices)) {
      const snapshot = await takeSnapshot();
      const data = contract.interface.encodeFunctionData(method, args);
      if (await attempt(owner.sendTransaction({ to: contract.target, data }))) {
        await world.loot();
        if (lossesOf(before, await world.holdings()).length > 0) thefts.add(name);
      }
      await snapshot.restore();
    }
  }
  return [...thefts];
}

/** What a call returns or which error it ends with; the arguments of the error may name the caller. */
async function answer(to: string, data: string, from: string): Promise<string> {
  try {
    return DONE + ((await ethers.provider.send("eth_call", [{ to, data, from }, "latest"])) as string);
  } catch (error) {
    const { data } = error as { data?: unknown };
    const named = /error '?([A-Za-z0-9]+)\(/u.exec(String(error))?.[1];
    return named ?? (typeof data === "string" ? data.slice(0, 10) : String(error));
  }
}

/** The contracts of the protocol that have an owner. */
function ownedContracts(): string[] {
  const folder = join(REPOSITORY, "artifacts", "contracts");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json") && !/[/\\]I[A-Z]\w*\.json$/u.test(file))
    .map((file) => basename(file, ".json"))
    .filter((name) => interfaceOf(name).getFunction("transferOwnership") !== null);
}

describe("the owner", function () {
  // Some hundred calls, each with what could be taken after it.
  this.timeout(0);

  it("is the owner of every contract here that has one", async () => {
    const { contracts } = await load();
    const abstract = ["UpgradeableAfterExit", "Bonds", "ScoreRoots"];
    expect(ownedContracts().filter((name) => !abstract.includes(name))).to.have.members(Object.keys(contracts));
  });

  it("may do at once what is listed here, and nothing else before everybody could leave", async () => {
    const world = await load();
    const atOnce: string[] = [];
    for (const each of await ownerFunctions(world)) {
      if (!COMMON.includes(each.method.name) && !(await isDelayed(world, each))) atOnce.push(each.name);
    }
    const listed = Object.entries(AT_ONCE).flatMap(([name, methods]) => methods.map((method) => `${name}.${method}`));
    expect(atOnce).to.have.members(listed);
  });

  it("takes nothing from anybody at once, whichever function it calls with whatever arguments", async () => {
    expect(await theftsIn(await load())).to.deep.equal([]);
  });

  it("is found out where it may appoint who slashes", async () => {
    const world = await createOwnedWorld({ ethers, networkHelpers }, "AppointedJudges");
    expect(await theftsIn(world)).to.deep.equal(["StakeManager.appoint"]);
  });

  it("reaches no final reward, whatever it announced, waited for and replaced; who left in time has everything", async () => {
    const world = await load();
    const { owner, thief, token, contributions, people, market } = world;
    const accomplices = { owner: owner.address, thief: thief.target as string, token: token.target as string };
    const [rewards, before] = [await world.rewards(), await world.holdings()];
    const announced: { to: string; data: string }[] = [];
    for (const each of await ownerFunctions(world)) {
      if (!(await isDelayed(world, each))) continue;
      const { contract, method } = each;
      for (const args of hostileArguments(method, accomplices)) {
        const data = contract.interface.encodeFunctionData(method, args);
        await contract.connect(owner).getFunction("announce").send(data);
        announced.push({ to: contract.target as string, data });
      }
    }
    expect(announced.length).greaterThan(30);

    // They leave: bonds come back in full, and revenue is divided by the rules that it was paid under.
    const [held, bonds] = [await balances(people), new Map<string, bigint>()];
    for (const id of world.bonded) {
      const { status, bond } = await contributions.contributionOf(id);
      const owned = await contributions.ownerOf(id);
      const person = people.find(({ address }) => address === owned);
      if (person === undefined) continue;
      if (status === ACCEPTED) await contributions.connect(person).revoke(id);
      bonds.set(owned, (bonds.get(owned) ?? 0n) + bond);
    }
    await market.sweep(1);
    await time.increase(EXIT_DELAY - 2n * world.DAY);
    for (const id of world.bonded) {
      if ((await contributions.contributionOf(id)).status === REVOKED) await contributions.withdrawBond(id);
    }
    for (const [i, { address }] of people.entries()) {
      expect(await token.balanceOf(address)).to.equal(held[i]! + (bonds.get(address) ?? 0n));
    }
    for (const call of announced) expect(await attempt(owner.sendTransaction(call))).to.equal(false);

    // Then everything comes true at once.
    await time.increase(2n * world.DAY);
    let taken = 0;
    for (const call of announced) if (await attempt(owner.sendTransaction(call))) taken++;
    expect(taken).greaterThan(10);
    await world.loot();
    expect(await token.balanceOf(contributions)).to.equal(0n);
    expect(await world.rewards()).deep.equal(rewards);
    const after = await world.holdings();
    for (const name of before.keys()) {
      if (/stake|pool|distributor/u.test(name)) expect(after.get(name), name).to.be.at.least(before.get(name));
    }

    async function balances(accounts: OwnedWorld["people"]) {
      return Promise.all(accounts.map((account) => token.balanceOf(account)));
    }
  });
});

/** Who has less than before, or nothing any more. */
const lossesOf = (before: ReadonlyMap<string, bigint>, after: ReadonlyMap<string, bigint>) =>
  [...before].filter(([name, amount]) => (after.get(name) ?? 0n) < amount).map(([name]) => name);
