/** A kind of file that is not read, by its true name, and how to turn it into one that is. */
export interface ForeignFormat {
  readonly name: string;
  readonly remedy: string;
}

/** Name of HTML, which only a reader of documents takes. */
export const WEB_PAGE = "a web page";

const SPREADSHEET = "save it as CSV UTF-8";
const UNPACK = "unpack it, and give the file in it";
const FRAME = 'write it again, for example with pandas: frame.to_csv("rows.csv", index=False)';

/** First bytes, in Latin-1. Zip files and texts are told apart below. */
const SIGNATURES: readonly (readonly [prefix: string, name: string, remedy: string])[] = [
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word document", SPREADSHEET],
  ["ARROW1\0\0", "an Arrow (Feather) file", FRAME],
  ["\xff\xff\xff\xff", "an Arrow stream, as datasets keeps in its cache", 'export it: dataset.to_json("rows.jsonl")'],
  ["FEA1", "a Feather file", FRAME],
  ["Obj\x01", "an Avro file", FRAME],
  ["ORC", "an ORC file", FRAME],
  ["\x89HDF\r\n\x1a\n", "an HDF5 file", FRAME],
  ["\x93NUMPY", "a NumPy array", FRAME],
  ["SQLite format 3\0", "an SQLite database", "export the table: sqlite3 -header -csv FILE 'SELECT …' > rows.csv"],
  ["\x80\x02", "a Python pickle, which can run any program when it is opened", FRAME],
  ["\x80\x03", "a Python pickle, which can run any program when it is opened", FRAME],
  ["\x80\x04", "a Python pickle, which can run any program when it is opened", FRAME],
  ["\x80\x05", "a Python pickle, which can run any program when it is opened", FRAME],
  ["BZh", "a bzip2 file", UNPACK],
  ["\xfd7zXZ\0", "an xz file", UNPACK],
  ["\x28\xb5\x2f\xfd", "a Zstandard file", UNPACK],
  ["\x04\x22\x4d\x18", "an LZ4 file", UNPACK],
  ["7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK],
  ["Rar!\x1a\x07", "a RAR archive", UNPACK],
  [
    "%PDF-",
    "a PDF document",
    "contribute it with --documents under a name that ends in .pdf, or copy its text into a .txt file",
  ],
  ["{\\rtf", "an RTF document", "save it as plain text"],
  ["\x89PNG", "a PNG image", "images are read as IDX files: docs/data.md"],
  ["\xff\xd8\xff", "a JPEG image", "images are read as IDX files: docs/data.md"],
  ["GIF8", "a GIF image", "images are read as IDX files: docs/data.md"],
  ["RIFF", "a WebP image or a sound", "images are read as IDX files: docs/data.md"],
  ["\x7fELF", "a program", "give a data file"],
  ["MZ\x90\0", "a program", "give a data file"],
  [
    "version https://git-lfs.github.com/spec/v1",
    "a pointer of Git LFS, not the file itself",
    "fetch the file: git lfs pull",
  ],
];

const ARCHIVES: readonly (readonly [member: string, name: string, remedy: string])[] = [
  ["xl/", "an Excel workbook (.xlsx)", SPREADSHEET],
  ["spreadsheet", "an OpenDocument spreadsheet (.ods)", SPREADSHEET],
  ["word/", "a Word document (.docx)", "save it as plain text"],
  ["Index/Document.iwa", "a Numbers or Pages document", SPREADSHEET],
  ["data.pkl", "a PyTorch archive", "export the rows as JSON Lines"],
  [".npy", "an archive of NumPy arrays (.npz)", FRAME],
];

/** Bytes that are looked at for the members of a zip file: names stand at its beginning and in the directory at its end. */
const ZIP_WINDOW = 1 << 16;
const TAR_MAGIC_AT = 257;

/** What a file is that none of the readers takes; undefined for what may be a text or a table. */
export function foreignFormat(bytes: Buffer): ForeignFormat | undefined {
  const head = bytes.toString("latin1", 0, 512);
  if (head.startsWith("PK\x03\x04") || head.startsWith("PK\x05\x06")) return archive(bytes);
  const known = SIGNATURES.find(([prefix]) => head.startsWith(prefix));
  if (known !== undefined) return { name: known[1], remedy: known[2] };
  if (head.startsWith("ustar", TAR_MAGIC_AT)) return { name: "a tar archive", remedy: UNPACK };
  const text = head
    .replace(/^\xef\xbb\xbf/u, "")
    .trimStart()
    .toLowerCase();
  if (text.startsWith("<!doctype html") || text.startsWith("<html")) {
    return { name: WEB_PAGE, remedy: "download the file itself, not the page about it" };
  }
  if (text.startsWith("<?xml")) return { name: "an XML document", remedy: "convert its records to CSV" };
  return undefined;
}

function archive(bytes: Buffer): ForeignFormat {
  const names =
    bytes.toString("latin1", 0, ZIP_WINDOW) + bytes.toString("latin1", Math.max(0, bytes.length - ZIP_WINDOW));
  const known = ARCHIVES.find(([member]) => names.includes(member));
  return known === undefined ? { name: "a zip archive", remedy: UNPACK } : { name: known[1], remedy: known[2] };
}
