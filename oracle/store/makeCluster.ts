// Makes an empty cluster in a process of its own, which takes the memory with it: `makeCluster.ts DIRECTORY TAR`.
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { packCluster } from "./packCluster.ts";

const [directory, tar] = process.argv.slice(2);
await writeFile(tar!, (await packCluster(directory)).stream());
