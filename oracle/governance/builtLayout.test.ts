import { describe, expect, it } from "vitest";
import { artifactOfCode, checkLayout, readArtifact } from "./builtLayout.ts";

const SOURCE = "contracts/model/ModelRegistry.sol";
const artifact = readArtifact(SOURCE);

/** The code with its immutable values set, as a deployment sets them. */
function deployed(): Buffer {
  const code = Buffer.from(artifact.deployedBytecode.slice(2), "hex");
  for (const { start, length } of Object.values(artifact.immutableReferences).flat()) {
    code.fill(7, start, start + length);
  }
  return code;
}

describe("artifactOfCode", () => {
  it("knows a contract of this build by its code, whatever its immutable values", () => {
    expect(Object.keys(artifact.immutableReferences).length).toBeGreaterThan(0);
    expect(artifactOfCode(`0x${deployed().toString("hex")}`)?.contractName).toBe("ModelRegistry");
  });

  it("does not know code of which one byte is another, nor no code", () => {
    const code = deployed();
    code[0]! ^= 1;
    expect(artifactOfCode(`0x${code.toString("hex")}`)).toBeUndefined();
    expect(artifactOfCode("0x")).toBeUndefined();
  });
});

describe("checkLayout", () => {
  it("finds the layout that is committed", async () => {
    const { layout, problems } = await checkLayout(artifact);
    expect(problems).toEqual([]);
    expect(layout).toContain('"label": "minParentShareBps"');
  });

  it("says that a contract has no committed layout", async () => {
    const { problems } = await checkLayout(readArtifact("contracts/time/EpochClock.sol"));
    expect(problems.join()).toMatch(/no committed layout/u);
  });
});
