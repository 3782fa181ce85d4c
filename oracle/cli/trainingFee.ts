import { formatOpen } from "@openledger/protocol/units.ts";
import { InputError } from "../common/errors.ts";
import type { TrainingSize } from "../jobs/trainingSize.ts";
import { requireOpen, type Session } from "./session.ts";

/**
 * Says what a training will cost, before anything else is paid for.
 *
 * @throws InputError as {@link requireFee}, and for an account that cannot pay it
 */
export async function announceFee(session: Session, size: TrainingSize, maxFee: bigint | undefined): Promise<void> {
  const fee = await requireFee(session, size, maxFee);
  await requireOpen(session, fee);
  session.output.say(`Training fee: ${formatOpen(fee)} OPEN, for the operators that train the version again`);
}

/** The fee of a training, in OPEN wei. @throws InputError for one above `maxFee` */
export async function requireFee(
  { contracts }: Session,
  size: TrainingSize,
  maxFee: bigint | undefined,
): Promise<bigint> {
  const fee = await contracts.TrainingFees.feeOf(size);
  if (maxFee === undefined || fee <= maxFee) return fee;
  throw new InputError("the training costs more than allowed", {
    value: `${formatOpen(fee)} OPEN for ${size.rows} rows, ${size.parameters} parameters, ${size.epochs} epochs, ${size.members} members`,
    limit: `${formatOpen(maxFee)} OPEN`,
    remedy: "Raise --max-fee, or train fewer members or epochs.",
  });
}
