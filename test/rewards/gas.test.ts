import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { expect } from "chai";
import { network } from "hardhat";
import { measureGas } from "./measureGas.ts";

const SNAPSHOT = new URL("gas.json", import.meta.url);
const ACCOUNTS = 1_024;

/** Gas of the default build, which differs from production's (npm run bench -- gas) but moves with it. */
describe("gas", () => {
  it("is at most 1 % above the snapshot (GAS_SNAPSHOT=update writes a new one)", async () => {
    const costs = await measureGas(await network.create({ network: "default", chainType: "op" }), ACCOUNTS);
    const measured = Object.fromEntries(costs.map(({ operation, gas }) => [operation, Math.round(gas)]));
    if (process.env["GAS_SNAPSHOT"] === "update") writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
    expect(Object.keys(measured)).to.have.members(Object.keys(snapshot));
    for (const [operation, gas] of Object.entries(measured)) {
      expect(gas, `gas of ${operation}`).to.be.at.most(snapshot[operation]! * 1.01);
    }
  });
});
