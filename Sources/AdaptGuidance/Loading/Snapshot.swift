// The validated knowledge base in one binary file, so that a one-shot command parses no YAML.
internal import AdaptSystem
internal import Foundation

/// Reads and writes snapshots.
///
/// Layout: magic with a format version, the content hash of the files (two words), the hash of the
/// payload, then each file as path, text and tree. The payload hash makes a torn or edited snapshot
/// count as none.
enum Snapshot {
  private static let magic: [UInt8] = Array("adapt-knowledge-1".utf8)
  static let fileName = "knowledge.snapshot"

  /// The trees for these contents, or nil when the snapshot is missing, stale or damaged.
  static func read(folder: URL, for hash: Fingerprint) -> SourceTree? {
    let path = folder.appendingPathComponent(fileName).path
    guard let bytes = try? WholeFile.read(path, limit: 64 << 20) else { return nil }
    return bytes.withUnsafeBytes { try? decode($0, hash) }
  }

  /// Writes a snapshot; failing costs the next start some time and nothing else.
  static func write(_ tree: SourceTree, hash: Fingerprint, folder: URL) {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent(fileName).path
    try? AtomicFile.write(encode(tree, hash), to: path)
  }

  private static func encode(_ tree: SourceTree, _ hash: Fingerprint) -> [UInt8] {
    var payload = ByteWriter()
    payload.write(UInt64(tree.files.count))
    for file in tree.files {
      payload.write(file.path)
      payload.write(file.text)
      payload.write(file.datum)
    }
    var header = ByteWriter()
    for word in hash.words + digest(payload.bytes).words { header.write(word) }
    return magic + header.bytes + payload.bytes
  }

  private static func digest(_ bytes: [UInt8]) -> Fingerprint {
    bytes.withUnsafeBytes { digest($0) }
  }

  private static func digest(_ bytes: UnsafeRawBufferPointer) -> Fingerprint {
    var hash = Fingerprint()
    hash.combine(bytes)
    return hash
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, _ hash: Fingerprint
  ) throws(SnapshotDamage) -> SourceTree {
    guard bytes.starts(with: magic) else { throw SnapshotDamage() }
    var reader = ByteReader(bytes, at: magic.count)
    var words: [UInt64] = []
    for _ in 0..<4 { words.append(try reader.number()) }
    let payload = UnsafeRawBufferPointer(rebasing: bytes[reader.offset...])
    guard Array(words[..<2]) == hash.words, Array(words[2...]) == digest(payload).words else {
      throw SnapshotDamage()
    }
    var body = ByteReader(payload)
    var files: [SourceFile] = []
    for _ in 0..<(try body.count()) {
      let path = try body.string()
      let text = try body.string()
      files.append(SourceFile(path: path, datum: try body.datum(), text: text))
    }
    return SourceTree(files: files)
  }
}
