/** Where the embedded database lives and how it is spoken to. */
export interface EmbeddedOptions {
  /** `DATA_DIR`. Belongs to one process at a time. */
  dataDir: string;
  /** Told what an operator should know: where the data is when not in `DATA_DIR`, adoptions, restarts. */
  log: (message: string) => void;
  /** False trades safety against an operating system crash for speed. For tests only. */
  durable?: boolean;
  /** Further settings of the server (`name: value`), over ours. */
  settings?: Record<string, string>;
}
