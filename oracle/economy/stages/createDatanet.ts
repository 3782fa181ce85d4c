import { OPEN } from "@openledger/protocol/units.ts";
import { eventOf } from "../../chain/eventOf.ts";
import { act, type Scene } from "../cast/scene.ts";

/** Bits of a Datanet's licence: train, infer, derive, commercial. */
const LICENCE_ALL = 0b1111;
/** Positions of IDatanetRegistry.Admission. */
const ADMISSION_OPEN = 0;

/** OPEN wei that a contributor puts up per contribution, and what reviewing one costs. */
const BOND = 5n * OPEN;
const REVIEW_FEE = OPEN / 10n;

/** Creates a Datanet that the cast's validators review, and whose data a model judges; returns its id. */
export async function createDatanet(
  scene: Scene,
  name: string,
  tags: readonly string[],
  judgeModelId: bigint,
): Promise<bigint> {
  const { DatanetRegistry } = scene.contracts;
  const { datanetOwner, validators } = scene.cast;
  const terms = {
    licence: LICENCE_ALL,
    licenceExpiry: 0n,
    admission: ADMISSION_OPEN,
    votesNeeded: 2,
    bond: BOND,
    reviewFee: REVIEW_FEE,
    judgeModelId,
  };
  const mined = await act(datanetOwner, {
    key: `datanet:${name}`,
    kind: "create Datanet",
    contract: DatanetRegistry,
    data: DatanetRegistry.interface.encodeFunctionData("create", [name, "", [...tags], terms]),
  });
  const datanetId = BigInt(eventOf(mined, DatanetRegistry, "DatanetCreated").args["datanetId"] as bigint);
  await Promise.all(
    validators.map(({ address }) =>
      act(datanetOwner, {
        key: `validator:${datanetId}:${address}`,
        kind: "set validator",
        contract: DatanetRegistry,
        data: DatanetRegistry.interface.encodeFunctionData("setValidator", [datanetId, address, true]),
      }),
    ),
  );
  return datanetId;
}
