import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isBuilt, recordBuild, sourceDigest } from "./built.mjs";

const SOURCES = ["contracts/token/OpenToken.sol", "hardhat.config.ts", "package-lock.json"];
const ARTIFACTS = [
  "artifacts/contracts/token/OpenToken.sol/OpenToken.json",
  "artifacts/build-info/solc.json",
  "artifacts/@openzeppelin/contracts/Proxy.json",
];
const TYPES = "typechain-types/index.ts";

describe("a build", () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const isCurrent = () => isBuilt(root, sourceDigest(root));

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "openledger-built-"));
    for (const file of [...SOURCES, ...ARTIFACTS, TYPES]) write(file, "1");
    expect(isCurrent()).toBe(false);
    recordBuild(root, sourceDigest(root));
    expect(isCurrent()).toBe(true);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it.each([...SOURCES, ...ARTIFACTS, "contracts/New.sol"])("is another one when %s is written", (file) => {
    write(file, "22");
    expect(isCurrent()).toBe(false);
  });

  it.each([...SOURCES, ...ARTIFACTS, TYPES, "artifacts", "cache"])("is not there without %s", (path) => {
    rmSync(join(root, path), { recursive: true });
    expect(isCurrent()).toBe(false);
  });

  it("is not that of sources which were edited while it was made", () => {
    const before = sourceDigest(root);
    write(SOURCES[0]!, "22");
    recordBuild(root, before);
    expect(isCurrent()).toBe(false);
  });

  it("stays the same when Hardhat writes its types again", () => {
    write(TYPES, "22");
    expect(isCurrent()).toBe(true);
  });
});
