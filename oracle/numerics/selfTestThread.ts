import { parentPort } from "node:worker_threads";
import { runSelfTest } from "./selfTest.ts";

parentPort!.postMessage(runSelfTest());
