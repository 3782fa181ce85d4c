// Hardhat's build, with probes in every file below contracts/.
import { relative } from "node:path";
import { instrument, probeLibrary } from "./instrument.mjs";

export default async () => ({
  preprocessProjectFileBeforeBuilding: async (context, sourceName, fsPath, text, solcVersion, next) => {
    const file = relative(context.config.paths.root, fsPath);
    const source = file.startsWith("contracts/") ? instrument(file, text).source : text;
    return next(context, sourceName, fsPath, source, solcVersion);
  },
  preprocessSolcInputBeforeBuilding: async (context, solcInput, next) => {
    solcInput.sources[probeLibrary.name] = { content: probeLibrary.content };
    return next(context, solcInput);
  },
});
