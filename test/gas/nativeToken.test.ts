import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { examineNativeToken } from "../../deploy/nativeToken.ts";
import { type Parameters, readParameters } from "../../deploy/parameters.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const FILE = "deploy/parameters/localhost.json5";
const PREDEPLOY = (end: string) => `0x42${"0".repeat(36)}${end}`;

const withGas = (changes: Partial<Parameters["gas"]>): Parameters => {
  const parameters = readParameters(FILE);
  return { ...parameters, gas: { ...parameters.gas, ...changes } };
};

async function wrong(parameters: Parameters): Promise<string[]> {
  const findings = await examineNativeToken(parameters, ethers.provider);
  return findings.filter(({ holds }) => !holds).map(({ what }) => what.split(/[( ]/u)[0]!);
}

async function pretend(): Promise<void> {
  const code = await ethers.provider.getCode(await ethers.deployContract("CustomGasToken"));
  await networkHelpers.setCode(PREDEPLOY("15"), code);
}

describe("the doctor of the chain's native token", () => {
  it("finds that a chain of ETH has no gas in OPEN, and all that is missing for it", async () => {
    expect(await wrong(withGas({}))).to.deep.equal([]);
    expect(await wrong(withGas({ nativeToken: "OPEN" }))).to.deep.equal([
      "L1Block.isCustomGasToken",
      "L1Block.gasPayingTokenName",
      "L1Block.gasPayingTokenSymbol",
      "NativeAssetLiquidity",
      "LiquidityController",
    ]);
  });

  it("finds a chain of OPEN where the file says ETH, and is content once both predeploys are there", async () => {
    await pretend();
    expect(await wrong(withGas({}))).to.deep.equal(["L1Block.isCustomGasToken"]);
    for (const end of ["29", "2a"]) await networkHelpers.setCode(PREDEPLOY(end), "0x00");
    expect(await wrong(withGas({ nativeToken: "OPEN" }))).to.deep.equal([]);
  });

  it("is asked only of a file whose paymaster spends nothing where gas is OPEN", () => {
    const directory = mkdtempSync(join(tmpdir(), "openledger-native-"));
    const file = join(directory, "own.json5");
    const text = readFileSync(FILE, "utf8").replace('nativeToken: "ETH"', 'nativeToken: "OPEN"');
    writeFileSync(file, text);
    expect(() => readParameters(file)).to.throw(/dailyBudgetEth has to be "0"/u);
    writeFileSync(file, text.replace(/dailyBudgetEth: "[^"]+"/u, 'dailyBudgetEth: "0"'));
    expect(readParameters(file).gas).to.deep.include({ nativeToken: "OPEN", dailyBudgetEth: 0n });
    rmSync(directory, { recursive: true });
  });
});
