import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { REPOSITORY } from "../chain/artifacts.ts";

const FOLDER = "deploy/layouts";

const artifactSchema = z.object({
  contractName: z.string(),
  inputSourceName: z.string(),
  buildInfoId: z.string(),
  deployedBytecode: z.string(),
  immutableReferences: z.record(z.string(), z.array(z.object({ start: z.number(), length: z.number() }))).default({}),
});
type Artifact = z.output<typeof artifactSchema>;

/** What OpenZeppelin's upgrade rules say about a built contract. */
export interface LayoutReport {
  /** The layout as it is committed: without positions in source files, a comment does not change it. */
  readonly layout: string;
  /** What makes it unsafe behind a proxy, and how its storage contradicts the committed layout. */
  readonly problems: readonly string[];
}

/** Compares the storage of a built contract with the layout that is committed for its name. */
export async function checkLayout(artifact: Artifact): Promise<LayoutReport> {
  // Loading the rules takes longer than any other command has time for.
  const rules = await import("@openzeppelin/upgrades-core");
  const { contractName, inputSourceName, buildInfoId } = artifact;
  const info = JSON.parse(read(`artifacts/build-info/${buildInfoId}.json`)) as {
    input: Parameters<typeof rules.solcInputOutputDecoder>[0];
    solcVersion: string;
  };
  const { output } = JSON.parse(read(`artifacts/build-info/${buildInfoId}.output.json`)) as {
    output: Parameters<typeof rules.validate>[0];
  };
  const decoder = rules.solcInputOutputDecoder(info.input, output);
  const run = rules.validate(output, decoder, info.solcVersion, info.input);
  const version = rules.getContractVersion(run, `${inputSourceName}:${contractName}`);
  const unsafe = rules.getErrors(run, version, { kind: "uups" }).map((error) => `${error.kind} at ${error.src}`);
  const built = rules.getStorageLayout(run, version);
  const layout = `${JSON.stringify(built, (key, value: unknown) => (key === "src" || key === "astId" ? undefined : value), 1)}\n`;
  const file = `${FOLDER}/${contractName}.json`;
  if (!existsSync(join(REPOSITORY, file))) {
    const missing = `no committed layout: run "node scripts/storageLayout.mjs" and commit ${file}`;
    return { layout, problems: [...unsafe, missing] };
  }
  const changes = rules.getStorageUpgradeErrors(JSON.parse(read(file)) as typeof built, built).map((change) => {
    const place =
      "updated" in change && change.updated ? change.updated : "original" in change ? change.original : change;
    return `${change.kind}: ${JSON.stringify(place).slice(0, 200)}`;
  });
  return { layout, problems: [...unsafe, ...changes] };
}

/** The artefact of a contract by its source, such as `contracts/model/ModelRegistry.sol`. */
export function readArtifact(source: string): Artifact {
  return artifactSchema.parse(
    JSON.parse(read(`artifacts/${source}/${source.split("/").at(-1).replace(".sol", "")}.json`)),
  );
}

/** The built contract whose code this is, whatever its immutable values are; undefined: none of this build. */
export function artifactOfCode(code: string): Artifact | undefined {
  return globSync("artifacts/contracts/**/*.json", { cwd: REPOSITORY })
    .map((file) => artifactSchema.safeParse(JSON.parse(read(file))).data)
    .find((artifact) => artifact !== undefined && isCodeOf(artifact, code));
}

function isCodeOf({ deployedBytecode, immutableReferences }: Artifact, code: string): boolean {
  if (code.length !== deployedBytecode.length || code === "0x") return false;
  const blank = Buffer.from(code.slice(2), "hex");
  const built = Buffer.from(deployedBytecode.slice(2), "hex");
  for (const { start, length } of Object.values(immutableReferences).flat()) {
    blank.fill(0, start, start + length);
    built.fill(0, start, start + length);
  }
  return blank.equals(built);
}

function read(file: string): string {
  return readFileSync(join(REPOSITORY, file), "utf8");
}
