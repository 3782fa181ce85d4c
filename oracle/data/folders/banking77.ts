import { join } from "node:path";
import { readCsvExamples } from "../files/readTable.ts";
import type { FolderFormat } from "./format.ts";

/** BANKING77 (Casanueva et al. 2020): 10,003 training and 3,080 test questions to a bank, 77 intents. */
export const banking77: FolderFormat = {
  name: "banking77",
  markers: ["train.csv", "test.csv", "categories.json"],
  read(dir, policy) {
    const columns = { text: "text", label: "category" };
    return {
      name: "BANKING77",
      licence: "CC-BY-4.0",
      source: "https://github.com/PolyAI-LDN/task-specific-datasets",
      train: readCsvExamples(join(dir, "train.csv"), columns, policy),
      quality: [],
      test: readCsvExamples(join(dir, "test.csv"), columns, policy),
      offDomain: [],
    };
  },
};
