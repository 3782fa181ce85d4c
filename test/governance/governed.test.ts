import { expect } from "chai";
import hre from "hardhat";
import type { FunctionFragment, ParamType } from "ethers";
import { SCHEME_IDS, SCHEMES } from "../../deploy/scheme.ts";
import { interfaceOf } from "../../oracle/chain/artifacts.ts";
import { ALL_CONTRACTS, type ContractName } from "../../oracle/chain/deployment.ts";
import { GOVERNED } from "../../oracle/governance/governed/all.ts";
import type { Governed } from "../../oracle/governance/governed/governed.ts";
import { readPolicy } from "../../oracle/governance/policy.ts";
import { deployProtocol } from "../deployProtocol.ts";
import { connection, DAY, deployGovernance, OPEN, pass, propose, wrap } from "./deployGovernance.ts";

const { ethers, networkHelpers } = connection;
const { provider } = ethers;

const deployAll = () => deployProtocol(connection);

/** What a type has without being told anything. */
function plain(type: ParamType): unknown {
  if (type.isArray())
    return Array.from({ length: Math.max(type.arrayLength ?? 0, 0) }, () => plain(type.arrayChildren));
  if (type.isTuple()) return type.components.map(plain);
  if (type.type === "address") return `0x${"11".repeat(20)}`;
  if (type.type === "bool") return false;
  if (type.type === "string") return "";
  if (type.type === "bytes") return "0x";
  return type.type.startsWith("bytes") ? `0x${"00".repeat(Number(type.type.slice("bytes".length)))}` : 0n;
}

interface Outcome {
  /** The error with which a call ends, or `done`. */
  readonly error: string;
  readonly args: readonly unknown[];
}

async function outcome(contract: ContractName, from: string, to: string, data: string): Promise<Outcome> {
  try {
    await provider.call({ from, to, data });
    return { error: "done", args: [] };
  } catch (error) {
    const revert = (error as { data?: string }).data ?? "0x";
    const parsed = revert === "0x" ? null : interfaceOf(contract).parseError(revert);
    return { error: parsed?.name ?? revert.slice(0, 10), args: parsed?.args ?? [] };
  }
}

/** How a function that the timelock may call and a stranger may not is protected. */
function kindOf({ error, args }: Outcome, data: string): Governed["kind"] {
  if (error === "ExitDelayNotAnnounced" && args[0] === ethers.keccak256(data)) return "exit";
  return /Already(Connected|Set|Wired)$|^StakeSealed$/u.test(error) ? "once" : "fast";
}

function writes(contract: ContractName): FunctionFragment[] {
  const found: FunctionFragment[] = [];
  interfaceOf(contract).forEachFunction((fragment) => void (fragment.constant || found.push(fragment)));
  return found;
}

describe("GOVERNED", () => {
  it("has every function that the timelock may call and a stranger may not, with its protection, and no other", async () => {
    const { addresses } = await networkHelpers.loadFixture(deployAll);
    const [, stranger] = await ethers.getSigners();
    const found: string[] = [];
    for (const contract of ALL_CONTRACTS) {
      for (const fragment of writes(contract)) {
        const data = interfaceOf(contract).encodeFunctionData(fragment, fragment.inputs.map(plain));
        const [to, timelock] = [addresses[contract], addresses.TimelockController];
        const byStranger = await outcome(contract, stranger!.address, to, data);
        const byTimelock = await outcome(contract, timelock, to, data);
        if (byStranger.error !== byTimelock.error)
          found.push(`${contract}.${fragment.name} ${kindOf(byTimelock, data)}`);
      }
    }
    const listed = GOVERNED.map(({ contract, name, kind }) => `${contract}.${name} ${kind}`);
    expect(found.toSorted()).to.deep.equal(listed.toSorted());
  });

  it("leaves out no contract of this project that has an owner", async () => {
    const governed = new Set<string>(GOVERNED.map(({ contract }) => contract));
    const owned: string[] = [];
    for (const name of await hre.artifacts.getAllFullyQualifiedNames()) {
      const { contractName, sourceName, abi, bytecode } = await hre.artifacts.readArtifact(name);
      if (!sourceName.startsWith("contracts/") || bytecode === "0x") continue;
      if ((abi as { name?: string }[]).some((part) => part.name === "transferOwnership")) owned.push(contractName);
    }
    expect(owned.length).to.be.greaterThan(10);
    expect(owned.filter((contract) => !governed.has(contract))).to.deep.equal([]);
  });

  it("has the bounds that the contracts have", async () => {
    const { addresses } = await networkHelpers.loadFixture(deployAll);
    const timelock = await ethers.getImpersonatedSigner(addresses.TimelockController);
    await networkHelpers.setBalance(timelock.address, OPEN);
    const cases: { what: string; governed: Governed; data: string; fits: boolean }[] = [];
    for (const governed of GOVERNED) {
      const bounded = governed.values.filter(({ least, most }) => least !== undefined || most !== undefined);
      if (bounded.length === 0) continue;
      const abi = interfaceOf(governed.contract);
      const contract = await ethers.getContractAt(governed.contract, addresses[governed.contract]);
      const fields =
        governed.struct === undefined
          ? {}
          : ((await contract.getFunction(governed.struct)()) as { toObject(): object }).toObject();
      for (const { name, least, most } of bounded) {
        const tries: [bigint | undefined, boolean][] = [
          [least, true],
          [least && least - 1n, false],
          [most, true],
          [most === undefined ? undefined : most + 1n, false],
        ];
        for (const [tried, fits] of tries) {
          if (tried === undefined || (!fits && tried === 0n && least === 0n)) continue;
          const args = [governed.struct === undefined ? tried : { ...fields, [name]: tried }];
          const data = abi.encodeFunctionData(governed.name, args);
          cases.push({ what: `${governed.contract}.${governed.name} ${name} = ${tried}`, governed, data, fits });
          if (governed.kind !== "exit") continue;
          const to = addresses[governed.contract];
          await timelock.sendTransaction({ to, data: abi.encodeFunctionData("announce", [data]) });
        }
      }
    }
    await networkHelpers.time.increase(60n * DAY);
    for (const { what, governed, data, fits } of cases) {
      const { error } = await outcome(governed.contract, timelock.address, addresses[governed.contract], data);
      if (fits) expect(error, what).to.equal("done");
      else expect(error, what).to.match(/OutOfBounds$/u);
    }
    expect(cases.length).to.be.greaterThan(60);
  });
});

describe("readPolicy", () => {
  it("says since when and by whose decision a value is what it is", async () => {
    const governance = await networkHelpers.loadFixture(deployGovernance);
    const { models, founding, deployer, alice, timelock, addresses } = governance;
    const deployment = { chainId: 31_337, firstBlock: 0, addresses };
    const of = async (name: string) => {
      const rows = await readPolicy(deployment, provider);
      return rows.find((row) => row.contract === "ModelRegistry" && row.name === name);
    };
    expect(await of("minParentShareBps")).to.deep.include({ value: "5 %", bounds: "0 % to 12.5 %", by: "deployment" });

    const to = await models.getAddress();
    const set = (bps: number) => models.interface.encodeFunctionData("setMinParentShare", [bps]);
    await founding.connect(deployer).schedule([to], [0], [set(600)], ethers.ZeroHash);
    await networkHelpers.time.increase(await timelock.getMinDelay());
    await timelock.executeBatch([to], [0], [set(600)], ethers.ZeroHash, ethers.ZeroHash);
    expect(await of("minParentShareBps")).to.deep.include({ value: "6 %", by: "founder" });

    await wrap(governance, alice, 12_000_000n * OPEN);
    const proposalId = await propose(governance, alice, [{ to, data: set(700) }]);
    await pass(governance, proposalId, [alice]);
    const now = await networkHelpers.time.latest();
    expect(await of("minParentShareBps")).to.deep.include({
      value: "7 %",
      kind: "fast",
      since: BigInt(now),
      by: "proposal 1",
    });
    const first = `isSchemeAllowed(${SCHEME_IDS[0]})`;
    expect(await of(first)).to.deep.include({ value: "true", by: "deployment", detail: SCHEMES[0].description });
    const attribution = (await readPolicy(deployment, provider)).filter((row) => row.contract === "AttributionPolicy");
    const rowOf = (name: string) => attribution.find((row) => row.name === name);
    expect(rowOf("harmRule.toleranceBps")).to.deep.include({ value: "20 %", bounds: "0 % to 20 %", kind: "exit" });
    expect(rowOf("harmRule.judges")).to.deep.include({ value: "5", bounds: "5 to 10" });
    expect(rowOf("harmRule.fewestRows")).to.deep.include({ value: "5", bounds: "5 to 1000" });
    const { report } = SCHEMES[0];
    expect(rowOf(`certificateOf(${SCHEME_IDS[0]})`)).to.deep.include({ value: "96.8 %", kind: "fast", detail: report });
  });
});
