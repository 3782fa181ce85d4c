import { join } from "node:path";
import { readSpeeches } from "../files/plainText.ts";
import type { FolderFormat } from "./format.ts";

/** The last tenth of the text is for testing, as in the character models that made the file known. */
const TRAIN_TENTHS = 9;

/** tinyshakespeare (Karpathy 2015): speeches from the plays; the label, and so the subject, is the speaker. */
export const tinyShakespeare: FolderFormat = {
  name: "tinyshakespeare",
  markers: ["input.txt"],
  read(dir, policy) {
    const speeches = readSpeeches(join(dir, "input.txt"), policy);
    const cut = Math.floor((speeches.length * TRAIN_TENTHS) / 10);
    return {
      name: "tinyshakespeare",
      licence: "public domain",
      source: "https://github.com/karpathy/char-rnn",
      train: speeches.slice(0, cut),
      quality: [],
      test: speeches.slice(cut),
      offDomain: [],
    };
  },
};
