// Whether the contracts are built from what is there now. Hardhat says so too, but its start takes five seconds of processor time.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const SOURCES = ["contracts", "hardhat.config.ts", "package-lock.json"];
const OUTPUTS = ["artifacts/contracts", "artifacts/build-info", "artifacts/@openzeppelin"];
/** Written again by every task of Hardhat, whatever was built. */
const TYPES = "typechain-types/index.ts";
/** The sources and the output of the last build. */
const RECORD = "cache/built";

/** What a build would be made from. */
export function sourceDigest(root) {
  const hash = createHash("sha256");
  for (const file of filesIn(root, SOURCES)) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

/** Whether the last build was made from these sources, and nobody has touched it since: another profile, or a clean. */
export function isBuilt(root, sources) {
  const record = join(root, RECORD);
  const isWhole = [...OUTPUTS, TYPES].every((path) => existsSync(join(root, path)));
  return isWhole && existsSync(record) && readFileSync(record, "utf8") === `${sources} ${outputDigest(root)}`;
}

/** @param sources those before the build: of what is edited meanwhile, nobody knows whether it is in */
export function recordBuild(root, sources) {
  const record = join(root, RECORD);
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, `${sources} ${outputDigest(root)}`);
}

function outputDigest(root) {
  const hash = createHash("sha256");
  for (const file of filesIn(root, OUTPUTS)) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function filesIn(root, paths) {
  return paths
    .filter((path) => existsSync(join(root, path)))
    .flatMap((path) => {
      if (statSync(join(root, path)).isFile()) return [path];
      return readdirSync(join(root, path), { recursive: true }).map((name) => join(path, name));
    })
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
}
