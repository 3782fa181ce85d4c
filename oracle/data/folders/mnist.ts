import { join } from "node:path";
import { readIdxExamples } from "../files/idx.ts";
import type { FolderFormat } from "./format.ts";

const CLASSES = 10;
const FILES = {
  trainImages: "train-images-idx3-ubyte.gz",
  trainLabels: "train-labels-idx1-ubyte.gz",
  testImages: "t10k-images-idx3-ubyte.gz",
  testLabels: "t10k-labels-idx1-ubyte.gz",
} as const;

/** MNIST (LeCun, Cortes, Burges): 28 × 28 grey digits in IDX files, as many as the files hold, in their order. */
export const mnist: FolderFormat = {
  name: "mnist",
  markers: Object.values(FILES),
  read(dir, policy) {
    return {
      name: "MNIST",
      licence: "CC-BY-SA-3.0",
      source: "http://yann.lecun.com/exdb/mnist/",
      train: readIdxExamples(join(dir, FILES.trainImages), join(dir, FILES.trainLabels), CLASSES, policy),
      quality: [],
      test: readIdxExamples(join(dir, FILES.testImages), join(dir, FILES.testLabels), CLASSES, policy),
      offDomain: [],
    };
  },
};
