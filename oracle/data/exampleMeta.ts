/** Descriptive fields (domain, source, speaker, …). Not part of the canonical bytes: nothing is trained on them. */
export type ExampleMeta = Readonly<Record<string, string>>;
