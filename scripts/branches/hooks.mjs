// Hardhat's build, with probes in every file below contracts/. What the probes stand for is written to coverage/probes.json.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { instrument, probeLibrary } from "./instrument.mjs";

const files = {};

export default async () => ({
  preprocessProjectFileBeforeBuilding: async (context, sourceName, fsPath, text, solcVersion, next) => {
    const file = relative(context.config.paths.root, fsPath);
    if (!file.startsWith("contracts/")) return next(context, sourceName, fsPath, text, solcVersion);
    const { source, statements, conditions } = instrument(file, text);
    files[file] = { statements, conditions };
    return next(context, sourceName, fsPath, source, solcVersion);
  },
  preprocessSolcInputBeforeBuilding: async (context, solcInput, next) => {
    solcInput.sources[probeLibrary.name] = { content: probeLibrary.content };
    const folder = join(context.config.paths.root, "coverage");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "probes.json"), JSON.stringify(files));
    return next(context, solcInput);
  },
});
