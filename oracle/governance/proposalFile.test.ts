import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getAddress, id } from "ethers";
import { describe, expect, it } from "vitest";
import { interfaceOf } from "../chain/artifacts.ts";
import { ALL_CONTRACTS, type Deployment } from "../chain/deployment.ts";
import { InputError } from "../common/errors.ts";
import { readProposal } from "./proposalFile.ts";
import { describeCall } from "./proposals.ts";

const folder = mkdtempSync(join(tmpdir(), "openledger-proposal-"));
const addresses = Object.fromEntries(
  ALL_CONTRACTS.map((name, i) => [name, getAddress(`0x${(i + 1).toString(16).padStart(40, "0")}`)]),
) as Deployment["addresses"];
const deployment: Deployment = { chainId: 31_337, firstBlock: 0, addresses };
const SCHEME = id("text/1");

function read(calls: unknown, proposer?: string) {
  const file = join(folder, "proposal.json5");
  writeFileSync(file, typeof calls === "string" ? calls : JSON.stringify({ title: "A change", calls }));
  return readProposal(file, deployment, proposer);
}

const setScheme = { contract: "ModelRegistry", function: "setScheme", args: [SCHEME, true] };

describe("readProposal", () => {
  it.each([
    ["a file that is no JSON5", "{ title: ", /cannot be read/],
    ["a proposal without calls", [], /cannot be read/],
    ["an unknown field", [{ ...setScheme, value: 1 }], /cannot be read/],
    ["an unknown contract", [{ ...setScheme, contract: "Vault" }], /call 1 names no contract/],
    ["an unknown function", [setScheme, { ...setScheme, function: "drain" }], /call 2 names no function/],
    ["a function that only reads", [{ ...setScheme, function: "isSchemeAllowed" }], /names no function that changes/],
    [
      "several functions of one name",
      [{ contract: "OpenLedgerGovernor", function: "queue", args: [] }],
      /names several/,
    ],
    ["arguments that do not fit", [{ ...setScheme, args: ["text/1", true] }], /arguments of call 1/],
    ["too few arguments", [{ ...setScheme, args: [SCHEME] }], /arguments of call 1/],
    ["a name that stands for no contract", [{ ...setScheme, args: ["@Vault", true] }], /names no contract/],
    [
      "the announcement of what nothing delays",
      [{ contract: "OpenToken", function: "approve", args: ["@ModelGrants", 1], announce: true }],
      /announce|no function/,
    ],
  ])("refuses %s", (_, calls, problem) => {
    expect(() => read(calls)).toThrow(problem);
    expect(() => read(calls)).toThrow(InputError);
  });

  it("encodes calls by name, with the addresses of the deployment", () => {
    const { calls, description, descriptionHash } = read(
      [setScheme, { contract: "OpenToken", function: "approve", args: ["@ModelGrants", "2000000000000000000"] }],
      addresses.OpenToken,
    );
    const approve = interfaceOf("OpenToken").encodeFunctionData("approve", [addresses.ModelGrants, 2n * 10n ** 18n]);
    expect(calls[1]).toEqual({ what: "OpenToken.approve", to: addresses.OpenToken, data: approve });
    expect(description).toBe(`# A change\n\n#proposer=${addresses.OpenToken}`);
    expect(descriptionHash).toBe(id(description));
    expect(calls.map(({ to, data }) => describeCall(deployment, to, data))).toEqual([
      `ModelRegistry.setScheme(${SCHEME}, true)`,
      `OpenToken.approve(${addresses.ModelGrants}, 2000000000000000000)`,
    ]);
  });

  it("announces a call in the contract that delays it", () => {
    const { calls } = read([{ contract: "ModelRegistry", function: "setRoyalty", args: [100], announce: true }]);
    const abi = interfaceOf("ModelRegistry");
    const call = abi.encodeFunctionData("setRoyalty", [100]);
    expect(calls[0]?.data).toBe(abi.encodeFunctionData("announce", [call]));
    expect(describeCall(deployment, calls[0]!.to, calls[0]!.data)).toBe(
      "ModelRegistry.announce(ModelRegistry.setRoyalty(100))",
    );
  });
});
