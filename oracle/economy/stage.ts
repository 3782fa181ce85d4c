/** Shows how far a stage is, such as by a name or a count. */
export type Note = (text: string) => void;

/**
 * Runs a stage of the economy and shows its title, how long it took and what came of it.
 *
 * @param outcome in words
 */
export type RunStage = <T>(
  title: string,
  work: (note: Note) => Promise<T>,
  outcome: string | ((value: T) => string),
) => Promise<T>;
