import type { Architecture } from "./architecture.ts";
import type { DenseInputs, Inputs, LabelledRows, SparseRows } from "./rows.ts";
import { rowCount, RowsError, sparseRows } from "./rows.ts";

/** Inputs in the form that networks read. */
export type PreparedInputs = DenseInputs | ({ readonly kind: "sparse" } & SparseRows);

export function preparedInputs(inputs: Inputs): PreparedInputs {
  return inputs.kind === "dense" ? inputs : { kind: "sparse", ...sparseRows(inputs) };
}

/** @throws RowsError saying which row does not fit the model and why */
export function checkInputs(architecture: Architecture, inputs: Inputs): void {
  const first = architecture.layers[0]!;
  if (first.kind === "embeddingBag") {
    if (inputs.kind !== "bags") throw new RowsError('the model reads "bags" of token ids, the rows are dense');
    const bad = inputs.ids.findIndex((id) => id < 0 || id >= first.buckets);
    if (bad >= 0) {
      const row = inputs.offsets.findLastIndex((offset) => offset <= bad);
      throw new RowsError(
        `row ${row} holds token id ${inputs.ids[bad]}: ids are 0 to ${first.buckets - 1}, as in the recipe's buckets`,
      );
    }
    return;
  }
  if (inputs.kind !== "dense")
    throw new RowsError(`the model reads dense rows of ${architecture.inputWidth}, the rows are bags`);
  if (inputs.width !== architecture.inputWidth) {
    throw new RowsError(
      `rows have ${inputs.width} features, the model reads ${architecture.inputWidth}: prepare them as for training`,
    );
  }
  const bad = inputs.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RowsError(
      `row ${Math.floor(bad / inputs.width)} holds ${inputs.values[bad]} in feature ${bad % inputs.width}: only finite numbers can be used`,
    );
  }
}

/** @throws RowsError as `checkInputs`, and for labels that are missing or no class of the model */
export function checkRows(architecture: Architecture, rows: LabelledRows): void {
  checkInputs(architecture, rows.inputs);
  const count = rowCount(rows.inputs);
  if (count === 0) throw new RowsError("there are no rows: give at least one");
  if (rows.labels.length !== count)
    throw new RowsError(`${count} rows have ${rows.labels.length} labels: give one for each row`);
  const bad = rows.labels.findIndex((label) => label < 0 || label >= architecture.classes);
  if (bad >= 0) {
    throw new RowsError(`row ${bad} has label ${rows.labels[bad]}: labels are 0 to ${architecture.classes - 1}`);
  }
}
